import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, type DetectionPolicy } from '../policy/policy.js';
import { FileProblems, problemText } from '../rules-file/problem.js';
import { parseCases, runStreamCase } from './index.js';

const text = (then: string, settings = '{}') => `
cases:
  - name: two environments
    rule: multi-environment-use
    settings: ${settings}
    given:
      - used: { at: 2026-03-01T10:00Z, environment: production, repeat: 3 }
    when:
      - used: { at: 2026-03-01T10:30Z, environment: staging }
    then: ${then}
`;
const run = (yaml: string, policy: Partial<DetectionPolicy> = {}) =>
  parseCases(yaml, 'cases.yaml').map((one) => {
    if (one.kind !== 'stream') throw new Error(`${one.name} is of a sweep`);
    return runStreamCase(one, { ...DEFAULT_POLICY, ...policy }).problem;
  });
function problemsOf(yaml: string): string[] {
  try {
    parseCases(yaml, 'cases.yaml');
  } catch (error) {
    if (error instanceof FileProblems) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

describe('cases of a person', () => {
  it('compare what is told with what is expected', () => {
    expect(
      run(text('[{ severity: high, key: key-1, window: 2026-03-01, says: staging }]')),
    ).toEqual([undefined]);
    expect(run(text('silent'))[0]).toMatch(
      /^0 expected, 1 told\n {2}\+ told as number 1: high key-1 2026-03-01: /,
    );
    expect(run(text('[{ severity: low }]'))[0]).toContain('- expected as number 1: severity low');
    expect(run(text('[{}, {}]'))[0]).toContain('- expected as number 2: any alert');
  });

  it('go by the settings that hold, and by their own above them', () => {
    const policy = { rules: { 'multi-environment-use': { minEnvironments: 3 } } };
    expect(run(text('silent'), policy)).toEqual([undefined]);
    expect(run(text('[{}]', '{ minEnvironments: 2 }'), policy)).toEqual([undefined]);
    const exceptions = [{ rules: ['*'], keys: ['key-1'], reason: 'r', untilMs: Infinity }];
    expect(run(text('silent'), { exceptions })).toEqual([undefined]);
  });

  it('take events that come late as detection is told to', () => {
    const cases = `cases: [{ name: n, rule: dormant-key-awakened, given: [used: { at: 2026-01-01, key: a, sourceIp: 203.0.113.1 }],
      when: [used: { at: 2026-03-01T12:30:00Z, key: a, sourceIp: 203.0.113.1 },
        used: { at: 2026-03-01T12:00:00Z, key: a, sourceIp: 192.0.2.1, arrives: 2026-03-01T12:31:00Z }],
      then: [{ severity: medium }, { severity: high }] }]`;
    const after = (minutes: number) =>
      parseCases(cases, 'cases.yaml', minutes * 60_000).map((one) => {
        if (one.kind !== 'stream') throw new Error('a rule on the stream');
        return runStreamCase(one, DEFAULT_POLICY).told.map(({ severity }) => severity);
      });
    expect(after(15)).toEqual([['medium']]);
    expect(after(60)).toEqual([['medium', 'high']]);
  });

  it('number repeated events, and read each as from the log', () => {
    const [one] = parseCases(
      `cases: [{ name: n, rule: unknown-key, asOf: 2026-03-01, then: silent, given: [
        used: { at: 2026-02-01, key: 'unknown:{n}', sourceIp: '192.0.2.{n}', outcome: invalid-key, repeat: 2, every: 60 }] }]`,
      'cases.yaml',
    );
    expect(one).toMatchObject({ kind: 'sweep', line: 1, asOfMs: [Date.UTC(2026, 2, 1)] });
    expect(one?.given.map(({ event }) => [event.keyId, event.timeText, event.data])).toEqual([
      ['unknown:1', '2026-02-01T00:00:00.000Z', expect.objectContaining({ status: 401 })],
      ['unknown:2', '2026-02-01T00:01:00.000Z', expect.objectContaining({ sourceIp: '192.0.2.2' })],
    ]);
  });

  it.each([
    ['', ['1:1 cases: is missing']],
    [
      text('[{ sevrity: low }]', '{ minEnvironments: 0 }'),
      ['5:17 cases.0.settings.minEnvironments: must be at least 2', 'did you mean "severity"?'],
    ],
    [
      'cases: [{ name: a, rule: stale-key, asOf: 2026-03-01, given: [{ usd: {} }], then: loud }]',
      [
        'must name one event',
        'did you mean "used"?',
        'cases.0.then: must be silent, or a list of alerts',
      ],
    ],
    [
      'cases: [{ name: a, rule: pipeline-gap, then: silent }]',
      ['1:20 cases.0.rule: pipeline-gap looks at the pipeline itself'],
    ],
    ['cases: [{ name: a, rule: stale-keys, then: silent }]', ['did you mean "stale-key"?']],
    [
      'cases: [{ name: a, rule: multi-environment-use, asOf: 2026-03-01, then: [{ asOf: 2026-03-01 }] }]',
      [
        'cases.0.when: is missing',
        'cases.0.asOf: is for sweeps',
        'cases.0.then.0.asOf: is for sweeps',
      ],
    ],
    [
      'cases: [{ name: a, rule: stale-key, when: [{ used: { at: x, key: k } }], then: silent }]',
      [
        'cases.0.when: is for rules on the stream',
        'cases.0.when.0.used.at: must be a time',
        'cases.0.given: is missing',
        'cases.0.asOf: is missing',
      ],
    ],
    [
      'cases: [{ name: a, rule: stale-key, asOf: [2026-03-01, 2026-02-01], then: [{ asOf: 2026-02-02 }], given: [{ used: { at: 2026-02-03, status: two, secret: s } }, { created: { at: 2026-03-02, plann: pro } }] }]',
      [
        'cases.0.asOf.1: must be later',
        'cases.0.then.0.asOf: is none of the times',
        'cases.0.given.0.used: would be a dead letter (invalid-data)',
        'cases.0.given.1: arrives when',
        'cases.0.given.1.created.plann: nobody looks at "plann"; did you mean "plan"?',
      ],
    ],
  ])('are refused with everything that is wrong: %s', (yaml, expected) => {
    const problems = problemsOf(yaml).join('\n');
    for (const one of expected) expect(problems).toContain(one);
    expect(problems.split('\n')).toHaveLength(expected.length);
  });
});
