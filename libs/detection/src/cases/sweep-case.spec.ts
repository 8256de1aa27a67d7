import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '../policy/policy.js';
import { parseCases, runSweepCase, type CaseStore } from './index.js';

const CASES = `
cases:
  - name: late, and twice
    rule: unknown-key
    asOf: [2026-03-01T10:00Z, 2026-03-01T11:00Z]
    given:
      - used: { at: 2026-03-01T09:30Z, arrives: 2026-03-01T10:15:00.001Z, key: late }
      - used: { at: 2026-03-01T09:40Z, arrives: 2026-03-01T10:15Z, key: just-in, id: e }
      - used: { at: 2026-03-01T09:00Z, key: early }
      - used: { at: 2026-03-01T09:40Z, arrives: 2026-03-01T10:16Z, key: again, id: e }
      - used: { at: 2026-03-01T11:16Z, key: never, repeat: 2, every: 3600 }
      - used: { at: 2026-03-01T11:14:00Z, key: 'n{n}', repeat: 2, every: 60 }
    then: silent
`;

describe('a case of a sweep', () => {
  it('brings in what has arrived by each look, in order and each event once', async () => {
    const yaml = CASES.replace(/.*never.*\n/, '');
    const [one] = parseCases(yaml, 'cases.yaml');
    if (one?.kind !== 'sweep') throw new Error('not of a sweep');
    const steps: string[] = [];
    const store: CaseStore = {
      events: (...arrived) => {
        steps.push(arrived.map(({ event }) => event.keyId).join(' '));
        return Promise.resolve();
      },
      alerts: () => Promise.reject(new Error('nothing is found')),
      ask: (_query, { asOfMs, sinceMs }) => {
        const since = Math.round((Number(asOfMs) - Number(sinceMs)) / 3_600_000);
        steps.push(
          `looks ${new Date(Number(asOfMs)).toISOString().slice(11, 16)}, back ${since} h`,
        );
        return Promise.resolve([]);
      },
    };
    const result = await runSweepCase(one, DEFAULT_POLICY, store);
    expect(result).toMatchObject({ name: 'late, and twice', told: [] });
    expect(result.problem).toBeUndefined();
    expect(steps).toEqual([
      'early just-in',
      'looks 10:00, back 168 h',
      'late n1',
      'looks 11:00, back 1 h',
    ]);
  });

  it('is refused where an event comes after the last look', () => {
    expect(() => parseCases(CASES, 'cases.yaml')).toThrow(
      /\n {2}- 11:9 cases\.0\.given\.4: arrives/,
    );
  });
});
