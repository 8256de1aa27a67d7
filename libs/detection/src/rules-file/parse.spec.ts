import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { RULES } from '../rules/index.js';
import { SWEEPS } from '../sweeps/index.js';
import { expiredExceptions, MAX_RULES_FILE, parseRulesFile } from './parse.js';
import { FileProblems, problemText } from './problem.js';
import { expiryMs, rulesFileJsonSchema } from './schema.js';

const ALL = [...RULES, ...SWEEPS];
const parse = (text: string, all: Parameters<typeof parseRulesFile>[1] = ALL) =>
  parseRulesFile(text, all, 'keywatch.yaml');

function problemsOf(text: string, all?: Parameters<typeof parseRulesFile>[1]): string[] {
  try {
    parse(text, all);
  } catch (error) {
    if (error instanceof FileProblems) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

describe('a settings file', () => {
  it('gives what is set, and nothing else', () => {
    const text = `
rules:
  stale-key: { enabled: false, limitDays: 60 }
tenants:
  acme:
    rules:
      multi-environment-use: { minEnvironments: 3 }
exceptions:
  - rule: multi-environment-use
    key: ak_1
    keys: [ak_2, ak_3]
    network: 10.0.0.0/8
    reason: " The release job runs in both. "
    expires: 2027-03-31
  - rule: ["stale-key", "multi-environment-use"]
    tenant: [acme]
    owner: ada@example.org
    tag: ci
    environment: test
    reason: hardware
    expires: 2027-03-31T18:00+02:00
`;
    expect(parse(text)).toEqual({
      rules: { 'stale-key': { enabled: false, limitDays: 60 } },
      tenants: { acme: { 'multi-environment-use': { minEnvironments: 3 } } },
      exceptions: [
        {
          rules: ['multi-environment-use'],
          keys: ['ak_1', 'ak_2', 'ak_3'],
          networks: ['10.0.0.0/8'],
          reason: 'The release job runs in both.',
          untilMs: Date.UTC(2027, 3, 1),
        },
        {
          rules: ['stale-key', 'multi-environment-use'],
          tenants: ['acme'],
          owners: ['ada@example.org'],
          tags: ['ci'],
          environments: ['test'],
          reason: 'hardware',
          untilMs: Date.UTC(2027, 2, 31, 16),
        },
      ],
    });
  });

  it.each(['', '# nothing yet\n', '{}', 'rules: {}'])('may say nothing: %j', (text) => {
    expect(parse(text)).toEqual({ rules: {}, tenants: {}, exceptions: [] });
  });

  it('tells everything that is wrong at once, in order, where it stands, with what was perhaps meant', () => {
    const text = `rules:
  stale-keys: {}
  stale-key:
    limitDay: 30
    noticeDaysBefore: 0
  multi-environment-use:
    minEnvironments: "3"
    enabled: maybe
tenants:
  acme:
    rule: {}
exceptions:
  - rule: stalekey
    keys: [ak_1, 7]
    network: [10.0.0.0/40]
    reason: because
    expires: 2027-02-30
  - rule: "*"
    reason: no
  - rule: "*"
    reason: for everybody
    expires: 2027-01-01
exception: []
`;
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      '2:3 rules.stale-keys:',
      '4:5 rules.stale-key.limitDay:',
      '5:5 rules.stale-key.noticeDaysBefore:',
      '7:5 rules.multi-environment-use.minEnvironments:',
      '8:5 rules.multi-environment-use.enabled:',
      '11:5 tenants.acme.rule:',
      '13:5 exceptions.0.rule:',
      '14:18 exceptions.0.keys.1:',
      '15:15 exceptions.0.network.0:',
      '17:5 exceptions.0.expires:',
      '18:5 exceptions.1.expires:',
      '19:5 exceptions.1.reason:',
      '23:1 exception:',
    ]);
    const all = problems.join('\n');
    expect(all).toContain('there is no "stale-keys" here; did you mean "stale-key"?');
    expect(all).toContain(
      'there is no "limitDay" here; did you mean "limitDays"?; there are enabled,',
    );
    expect(all).toContain('"stalekey" is none of them; did you mean "stale-key"?');
    expect(all).toContain('exceptions.0.keys.1: must be a text (write it in quotes)');
    expect(all).toContain('"10.0.0.0/40" is no address or network such as');
    expect(all).toContain('exceptions.0.expires: must be a date such as 2027-03-31');
    expect(all).toContain('exceptions.1.expires: is missing');
    expect(all).toContain('there is no "rule" here; did you mean "rules"?');
    expect(all).toContain('must be at least 1');
  });

  it('tells of an exception that names nothing', () => {
    expect(
      problemsOf('exceptions:\n  - { rule: stale-key, reason: too many, expires: 2027-01-01 }\n'),
    ).toEqual([expect.stringMatching(/^2:5 exceptions\.0: names nothing .*set enabled: false$/)]);
  });

  it('tells what is no YAML, with line and column', () => {
    expect(problemsOf('rules: {\n  stale-key: [\n')).not.toEqual([]);
    expect(problemsOf('rules: {}\nrules: {}\n')).toEqual(['2:1 Map keys must be unique']);
    expect(problemsOf('- a list')).toEqual(['1:1 must be a map of members']);
  });

  it('checks a tenant together with the general settings', () => {
    const rule = {
      id: 'bounds',
      title: 'Bounds',
      settings: z
        .strictObject({ low: z.int().default(1), high: z.int().default(9) })
        .refine(({ low, high }) => low < high, 'low must be below high'),
    };
    const text = (acme: string) =>
      `rules: { bounds: { low: 20, high: 30 } }\ntenants: { acme: { rules: { bounds: ${acme} } } }\n`;
    expect(problemsOf(text('{ high: 25 }'), [rule])).toEqual([]);
    expect(problemsOf(text('{ high: 15 }'), [rule])).toEqual([
      '2:29 tenants.acme.rules.bounds: low must be below high',
    ]);
  });

  it('is bounded', () => {
    const tooLong = ['1:1 is longer than 300000 bytes: join exceptions, which take lists'];
    expect(problemsOf('#'.repeat(MAX_RULES_FILE + 1))).toEqual(tooLong);
    const keys = Array.from({ length: 2000 }, (_, i) => `key_${i}`).join(', ');
    const rest = 'reason: aliases, expires: 2027-01-01';
    const again = `  - { rule: "*", key: *all, ${rest} }\n`.repeat(20);
    expect(
      problemsOf(`exceptions:\n  - { rule: "*", key: &all [${keys}], ${rest} }\n${again}`),
    ).toEqual(tooLong);
  });

  it('shows which exceptions hold no more', () => {
    const one = (reason: string, expires: string) =>
      `  - { rule: "*", key: k, reason: ${reason}, expires: ${expires} }\n`;
    const policy = parse(`exceptions:\n${one('old', '2026-03-01')}${one('new', '2026-03-02')}`);
    const reasons = expiredExceptions(policy, Date.UTC(2026, 2, 2)).map(({ reason }) => reason);
    expect(reasons).toEqual(['old']);
  });
});

describe('an expiry', () => {
  it('is the end of its day, or the very time', () => {
    expect(expiryMs('2026-03-01')).toBe(Date.UTC(2026, 2, 2));
    expect(expiryMs('2026-03-01T10:00Z')).toBe(Date.UTC(2026, 2, 1, 10));
    for (const text of ['', 'tomorrow', '2026-02-30', '2026-13-01', '2026-03-01T10:00', '2026-3-1'])
      expect(expiryMs(text)).toBeNaN();
  });
});

describe('the JSON Schema', () => {
  it('names every rule and sweep with its settings, for editors', () => {
    const schema = JSON.stringify(rulesFileJsonSchema(ALL));
    for (const { id, title, settings } of ALL) {
      expect(schema).toContain(`"${id}":`);
      expect(schema).toContain(JSON.stringify(title));
      for (const name of Object.keys(settings.shape)) expect(schema).toContain(`"${name}":`);
    }
  });
});
