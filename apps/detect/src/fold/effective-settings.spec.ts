import { describe, expect, it } from '@jest/globals';
import { RULES } from '@keywatch/detection';
import { effectiveSettings, engineFor } from './effective-settings.js';

const given = { rules: {}, latenessMs: 60_000, unknownKeys: 10 };

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
    expect(() => effectiveSettings({ ...given, rules: { nonsense: {} } })).toThrow('no such rule');
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
