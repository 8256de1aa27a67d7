import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { run, scenarioOf, used, type Arrival } from '../../spec-kit/index.js';
import { scannerUserAgent } from './scanner-user-agent.rule.js';

const rule = scenarioOf(scannerUserAgent);
const use = (at: string, userAgent: string, status = 200) =>
  used({ at, userAgent, status, sourceIp: '192.0.2.7' });
const SDK = 'example-sdk-node/4.2.0 (node 24.1.0; linux)';
const sdkUses = (count: number, day = '2026-03-01'): Arrival[] =>
  Array.from({ length: count }, (_, i) =>
    use(new Date(Date.parse(`${day}T10:00Z`) + i * 60_000).toISOString(), SDK),
  );

describe('scanner-user-agent fires', () => {
  it('for a finder of secrets that was served: high, and says what it is', () => {
    rule.when(use('2026-03-01T10:00Z', 'TruffleHog')).thenAlerts([
      {
        severity: 'high',
        window: 'TruffleHog',
        sentence:
          'Key key-1 was used by TruffleHog (a finder of leaked secrets) from 192.0.2.7, at 2026-03-01 10:00:00 UTC; the ' +
          'request was served. Ask security and the owner whether they know of it; if not, rotate the key and block the ' +
          'address.',
        evidence: {
          facts: { tool: 'TruffleHog', kind: 'secret-finder', served: true },
          query:
            "SELECT *\nFROM requests\nWHERE tenant_id = 'default'\n  AND lane = 'live'\n  AND key_id = 'key-1'\n" +
            "  AND time >= '2026-03-01 00:00:00.000'\n  AND time <= '2026-03-01 23:59:59.999'\n" +
            "  AND user_agent = 'TruffleHog'\nORDER BY time, event_id",
        },
      },
    ]);
  });

  it('once a tool; told again when it is let in', () => {
    rule
      .when(
        use('2026-03-01T10:00Z', 'TruffleHog', 403),
        use('2026-03-01T10:01Z', 'TruffleHog', 403),
        use('2026-03-01T10:02Z', 'TruffleHog', 200),
        use('2026-03-01T10:03Z', 'sqlmap/1.8.4#stable (https://sqlmap.org)'),
        use('2026-03-02T10:00Z', 'TruffleHog', 403),
      )
      .thenAlerts([
        { window: 'TruffleHog', severity: 'medium' },
        { window: 'TruffleHog', severity: 'high' },
        { window: 'sqlmap', severity: 'medium' },
      ]);
  });

  it('once while a tool goes on, whatever the day, the hour and the address; anew after a quiet week', () => {
    const kali = (at: string, sourceIp: string) =>
      used({ at, sourceIp, userAgent: 'Boto3/1.26.27 Linux/6.1.0-kali9-amd64', status: 403 });
    rule
      .when(
        kali('2026-03-01T23:58Z', '192.0.2.7'),
        kali('2026-03-02T00:05Z', '198.51.100.4'),
        kali('2026-03-04T10:00Z', '203.0.113.9'),
        kali('2026-03-12T10:00Z', '192.0.2.7'),
        kali('2026-03-21T10:00Z', '192.0.2.7'),
      )
      .thenAlerts([{ window: 'Kali Linux' }, { window: 'Kali Linux, anew after 2026-03-12' }]);
  });

  it.each([
    ['Nuclei', 'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)'],
    ['Nmap', 'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)'],
    ['masscan', 'masscan/1.3 (https://github.com/robertdavidgraham/masscan)'],
    ['ZGrab', 'Mozilla/5.0 zgrab/0.x'],
    ['Nikto', 'Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000003)'],
    ['ffuf', 'Fuzz Faster U Fool v2.1.0'],
    ['gobuster', 'gobuster/3.6'],
    [
      'DirBuster',
      'DirBuster-1.0-RC1 (http://www.owasp.org/index.php/Category:OWASP_DirBuster_Project)',
    ],
    ['wfuzz', 'Wfuzz/3.1.0'],
    ['Gitleaks', 'gitleaks/8.18.0'],
    ['Pacu', 'Pacu/1.5 Boto3/1.26.0'],
    ['Scout Suite', 'Scout Suite/5.13.0 (https://github.com/nccgroup/ScoutSuite)'],
    ['Prowler', 'Boto3/1.26.3 Python/3.11 Botocore/1.29 Prowler/4.0'],
    ['Stratus Red Team', 'stratus-red-team_5c4c1b1e-0d1f-4bb4-9f6b-1b2c3d4e5f60'],
    ['Kali Linux', 'aws-cli/1.22.34 Python/3.9.11 Linux/5.16.0-kali7-amd64 botocore/1.23.34'],
    [
      'Kali Linux',
      'aws-cli/2.15.0 Python/3.11.6 Linux/6.6.9-amd64 source/x86_64 distrib#kali.2024 prompt/off',
    ],
    ['Parrot Linux', 'aws-cli/1.15.10 Python/2.7 Linux/4.19.0-parrot1-13t-amd64 botocore/1.10'],
    ['Pentoo Linux', 'Boto3/1.7 Python/3.6 Linux/4.18.0-pentoo Botocore/1.10'],
  ])('for %s', (name, agent) => {
    rule
      .when(use('2026-03-01T10:00Z', agent, 403))
      .thenAlerts([{ window: name, severity: 'medium' }]);
  });

  it('for curl on a key that 100 requests on earlier days showed to be for SDKs only', () => {
    rule
      .given(...sdkUses(100))
      .when(use('2026-03-02T10:00Z', 'curl/8.5.0'))
      .thenAlerts([
        {
          severity: 'medium',
          window: 'curl',
          sentence:
            'Key key-1 was used by curl from 192.0.2.7, and only SDKs had used it before, at 2026-03-02 10:00:00 UTC; the ' +
            'request was served. Ask security and the owner whether they know of it; if not, rotate the key and block the ' +
            'address.',
        },
      ]);
  });
});

describe('scanner-user-agent is silent', () => {
  it('about agents whose names only look alike, and agents that nobody named', () => {
    rule
      .when(
        ...[
          'kalibrate/1.0',
          'ParrotApp/2.1',
          'tsunami-client/1',
          'nmapper/3',
          'my-commixer/1',
          '',
        ].map((agent) => use('2026-03-01T10:00Z', agent)),
        used({ at: '2026-03-01T10:00Z' }),
      )
      .thenSilent();
  });

  it('about own scanners', () => {
    scenarioOf(scannerUserAgent, { settings: { ownScanners: ['trufflehog', 'acme-redteam'] } })
      .when(
        use('2026-03-01T10:00Z', 'TruffleHog'),
        use('2026-03-01T10:01Z', 'sqlmap/1.8 acme-redteam'),
      )
      .thenSilent();
  });

  it('about curl: with fewer requests of SDKs, on the first day, and where others came by before', () => {
    const curl = use('2026-03-02T10:00Z', 'curl/8.5.0');
    rule
      .given(...sdkUses(99))
      .when(curl)
      .thenSilent();
    rule
      .given(...sdkUses(200, '2026-03-02'))
      .when(use('2026-03-02T14:00Z', 'curl/8.5.0'))
      .thenSilent();
    rule
      .given(use('2026-03-01T09:00Z', 'Mozilla/5.0 (X11)'), ...sdkUses(100))
      .when(curl)
      .thenSilent();
    rule.when(curl, use('2026-03-03T10:00Z', 'curl/8.5.0')).thenSilent();
  });

  it('about curl once it is known, and about SDKs that are built on it', () => {
    rule
      .given(...sdkUses(100), use('2026-03-02T10:00Z', 'curl/8.5.0'))
      .when(
        use('2026-03-05T10:00Z', 'curl/8.5.0'),
        use('2026-03-05T10:00Z', 'aws-sdk-php/3.3 OS/Linux curl/8.5.0'),
      )
      .thenSilent();
  });
});

describe('scanner-user-agent', () => {
  it('takes other lists from its settings', () => {
    const tuned = scenarioOf(scannerUserAgent, {
      settings: { tools: ['acme-probe'], byHand: ['telnet'], sdkMarks: ['lib'], sdkRequests: 1 },
    });
    tuned
      .when(use('2026-03-01T10:00Z', 'TruffleHog'), use('2026-03-01T10:00Z', 'Acme-Probe/2'))
      .thenAlerts([{ window: 'acme-probe' }]);
    tuned
      .given(use('2026-03-01T10:00Z', 'lib/1'))
      .when(use('2026-03-02T10:00Z', 'telnet'))
      .thenAlerts([{ window: 'telnet' }]);
  });

  it('stays within the stated bytes whatever arrives', () => {
    const tools = Array.from({ length: 200 }, (_, i) => `\u0001${'\u0002'.repeat(50)}${i}x`);
    const engine = createEngine({
      rules: [scannerUserAgent],
      settings: { 'scanner-user-agent': { tools } },
      recentIdentities: 0,
    });
    const { maxBytes } = run(
      engine,
      ['01', '10', '19', '28'].flatMap((day) =>
        tools.slice(-32).map((tool) => use(`2026-03-${day}T10:00Z`, tool)),
      ),
      true,
    );
    expect(maxBytes).toBeLessThan(scannerUserAgent.stateBytes);
    expect(maxBytes).toBeGreaterThan(scannerUserAgent.stateBytes / 4);
  });

  it('takes about 60 bytes of a key that only SDKs use', () => {
    const engine = createEngine({ rules: [scannerUserAgent], recentIdentities: 0 });
    expect(run(engine, sdkUses(500), true).maxBytes).toBeLessThan(130);
  });
});
