import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, RULES, type DetectionException } from '@keywatch/detection';
import { effectiveSettings, engineFor } from './effective-settings.js';

const given = { policy: DEFAULT_POLICY, latenessMs: 60_000, unknownKeys: 10 };

describe('effective settings', () => {
  it('hold every rule with its version and its defaults, so that a new default is a change', () => {
    const { rules } = effectiveSettings(given);
    expect(Object.keys(rules)).toEqual(RULES.map(({ id }) => id));
    expect(rules['multi-environment-use']?.version).toBeGreaterThan(0);
    expect(rules['multi-environment-use']?.settings).toMatchObject({ windowHours: 24 });
  });

  it('survive JSON', () => {
    const effective = effectiveSettings(given);
    expect(JSON.parse(JSON.stringify(effective))).toEqual(effective);
  });

  it('refuse what no rule takes', () => {
    const rules = { 'multi-environment-use': { windowHours: 'many' } };
    expect(() => effectiveSettings({ ...given, policy: { ...DEFAULT_POLICY, rules } })).toThrow(
      'multi-environment-use.windowHours: ',
    );
  });

  it('are the same whatever is set for sweeps', () => {
    const exception = (rule: string): DetectionException => ({
      rules: [rule],
      keys: ['k'],
      reason: 'a spec',
      untilMs: 5,
    });
    const policy = {
      rules: { 'stale-key': { limitDays: 5 } },
      tenants: { acme: { 'stale-key': { limitDays: 7 } } },
      exceptions: [exception('stale-key')],
    };
    expect(effectiveSettings({ ...given, policy })).toEqual(effectiveSettings(given));
    const both = { ...policy, exceptions: [exception('stale-key'), exception('*')] };
    expect(effectiveSettings({ ...given, policy: both }).exceptions).toEqual([exception('*')]);
  });

  it('of tenants, switches and exceptions come back from the record', () => {
    const exceptions = [{ rules: ['*'], networks: ['10.0.0.0/8'], reason: 'a spec', untilMs: 5 }];
    const effective = effectiveSettings({
      ...given,
      policy: {
        rules: { 'multi-environment-use': { enabled: false, minEnvironments: 4 } },
        tenants: { acme: { 'multi-environment-use': { enabled: true } } },
        exceptions,
      },
    });
    expect(effective.rules['multi-environment-use']).toMatchObject({ enabled: false });
    expect(effective.tenants).toEqual({ acme: { 'multi-environment-use': { enabled: true } } });
    expect(effective.exceptions).toEqual(exceptions);
    const recorded = JSON.parse(JSON.stringify(effective)) as typeof effective;
    expect(recorded).toEqual(effective);
    expect(() => engineFor(recorded)).not.toThrow();
  });

  it('of another time give an engine all the same: rules that are gone are left out', () => {
    const effective = effectiveSettings(given);
    const old = {
      ...effective,
      rules: {
        gone: { version: 1, settings: { a: 1 } },
        'multi-environment-use': { version: 1, settings: { windowHours: 'many' } },
      },
    };
    const engine = engineFor(old);
    expect(engine.serialize(engine.deserialize('{"o":4,"t":[1,0],"i":""}'))).toContain('"o":4');
  });
});
