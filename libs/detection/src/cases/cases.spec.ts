import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, type DetectionPolicy } from '../policy/policy.js';
import { RULES } from '../rules/index.js';
import { FileProblems, problemText } from '../rules-file/problem.js';
import { parseCases, runCase } from './cases.js';

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
const parse = (yaml: string) => parseCases(yaml, RULES, ['stale-key'], 'cases.yaml');
const run = (yaml: string, policy: Partial<DetectionPolicy> = {}) =>
  parse(yaml).map((one) => runCase(one, RULES, { ...DEFAULT_POLICY, ...policy }).problem);
function problemsOf(yaml: string): string[] {
  try {
    parse(yaml);
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
      /^0 expected, 1 told\n {2}told: high key-1 2026-03-01: /,
    );
    expect(run(text('[{ severity: low }]'))[0]).toContain('number 1');
    expect(run(text('[{}, {}]'))[0]).toContain('2 expected, 1 told');
  });

  it('go by the settings that hold, and by their own above them', () => {
    const policy = { rules: { 'multi-environment-use': { minEnvironments: 3 } } };
    expect(run(text('silent'), policy)).toEqual([undefined]);
    expect(run(text('[{}]', '{ minEnvironments: 2 }'), policy)).toEqual([undefined]);
    const exceptions = [{ rules: ['*'], keys: ['key-1'], reason: 'r', untilMs: Infinity }];
    expect(run(text('silent'), { exceptions })).toEqual([undefined]);
  });

  it('are refused with everything that is wrong', () => {
    expect(problemsOf(text('silent', '{ minEnvironments: 0 }'))[0]).toMatch(
      /^5:17 cases\.0\.settings\.minEnvironments: /,
    );
    const wrong = 'cases:\n  - name: a\n    rule: stale-key\n    when: [{ usd: {} }]\n';
    expect(problemsOf(wrong).join('\n')).toContain('did you mean "used"?');
    const sweep =
      'cases:\n  - { name: a, rule: stale-key, when: [{ used: { at: 2026-03-01 } }], then: silent }\n';
    expect(problemsOf(sweep)).toEqual([expect.stringContaining('stale-key is a sweep')]);
    expect(problemsOf('')).toEqual(['1:1 cases: is missing']);
  });
});
