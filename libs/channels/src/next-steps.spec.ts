import { describe, expect, it } from '@jest/globals';
import { anAlert } from '@keywatch/testing';
import { nextSteps } from './next-steps.js';

describe('nextSteps', () => {
  it('says where the runbook is, how to take the alert over and how to except the key', () => {
    expect(nextSteps(anAlert())).toEqual({
      runbook: 'docs/runbooks/stale-key.md',
      acknowledge: 'keywatch alerts ack aaaaaaaa --why "..."',
      exception:
        '- {rule: stale-key, key: key_42, tenant: acme, reason: "alert aaaaaaaa: say here why this is fine", expires: 2026-05-30}',
    });
  });

  it('leads to the runbooks of the settings', () => {
    const at = (where: string): string => nextSteps(anAlert(), where).runbook;
    expect(at('https://wiki.example.com/keywatch/')).toBe(
      'https://wiki.example.com/keywatch/stale-key.md',
    );
    expect(at('https://wiki.example.com/?page={rule}')).toBe(
      'https://wiki.example.com/?page=stale-key',
    );
  });

  it('works for an alert about the monitor itself, which has no owner', () => {
    const { owner: _owner, ...gap } = anAlert({ rule: 'pipeline-gap', keyId: 'keywatch' });
    expect(nextSteps(gap).exception).toContain('rule: pipeline-gap, key: keywatch');
  });
});
