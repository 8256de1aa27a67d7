import { describe, expect, it } from '@jest/globals';
import {
  settingsTimeline,
  type EffectiveSettings,
  type SettingsChange,
} from './settings-timeline.js';

const settings = (hours: number, version = 1): EffectiveSettings => ({
  rules: { r: { version, settings: { hours } } },
  latenessMs: 1000,
  unknownKeys: 10,
});
const recorded = (...changes: SettingsChange[]): string => JSON.stringify(changes);

describe('settingsTimeline', () => {
  it('lets the first settings hold from the beginning of the log', () => {
    const timeline = settingsTimeline(undefined, settings(24), 500);
    expect(timeline.changes).toEqual([{ from: 0, settings: settings(24) }]);
    expect(timeline.toRecord).toEqual(timeline.changes[0]);
  });

  it('records nothing where nothing changed, in whatever order the members stand', () => {
    const before = [{ from: 0, settings: settings(24) }];
    const text = JSON.stringify([
      {
        settings: {
          unknownKeys: 10,
          latenessMs: 1000,
          rules: { r: { settings: { hours: 24 }, version: 1 } },
        },
        from: 0,
      },
    ]);
    expect(settingsTimeline(text, settings(24), 500)).toEqual({
      changes: before,
      toRecord: undefined,
    });
  });

  it.each([
    ['a setting', settings(48)],
    ["a rule's version", settings(24, 2)],
    ['lateness', { ...settings(24), latenessMs: 5 }],
    ['the bound', { ...settings(24), unknownKeys: 5 }],
  ])('lets a change of %s hold for what arrives from now on', (_name, changed) => {
    const first = { from: 0, settings: settings(24) };
    expect(settingsTimeline(recorded(first), changed, 500)).toEqual({
      changes: [first, { from: 500, settings: changed }],
      toRecord: { from: 500, settings: changed },
    });
  });

  it('replaces a change for which nothing arrived', () => {
    const first = { from: 0, settings: settings(24) };
    const unused = { from: 500, settings: settings(48) };
    const { changes } = settingsTimeline(recorded(first, unused), settings(72), 500);
    expect(changes).toEqual([first, { from: 500, settings: settings(72) }]);
  });

  it('keeps the last changes only', () => {
    const many = Array.from({ length: 80 }, (_, i) => ({ from: i, settings: settings(i) }));
    const { changes } = settingsTimeline(recorded(...many), settings(999), 500);
    expect(changes).toHaveLength(51);
    expect(changes[0]).toEqual(many[30]);
  });

  it('keeps as many as a message has room for', () => {
    const big = (n: number): EffectiveSettings => ({
      ...settings(n),
      exceptions: [{ rules: ['r'], keys: [String(n).repeat(200_000)], reason: 'r', untilMs: 5 }],
    });
    const many = Array.from({ length: 9 }, (_, i) => ({ from: i, settings: big(i) }));
    const { changes } = settingsTimeline(recorded(...many), big(9), 500);
    expect(changes.map(({ from }) => from)).toEqual([6, 7, 8, 500]);
    expect(JSON.stringify(changes).length).toBeLessThan(1_000_000);
  });
});
