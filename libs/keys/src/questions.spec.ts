import { describe, expect, it } from '@jest/globals';
import { UNKNOWN_KEY, type KeyDescription, type KeyState } from './key-state.js';
import { environmentsOf, isUsable, rotationAge } from './questions.js';

function described(description: Partial<KeyDescription>): KeyState {
  const value: KeyDescription = {
    ownerId: '',
    ownerEmail: '',
    ownerTeam: '',
    name: '',
    plan: '',
    environment: '',
    allowedEnvironments: [],
    kind: '',
    ...description,
  };
  return { secretVersion: 0, description: { atMs: 0, eventId: 'e', value } };
}

describe('rotationAge', () => {
  it('counts from the later of creation and last rotation', () => {
    const state = { secretVersion: 0, createdAtMs: 100, lastRotatedAtMs: 300 };
    expect(rotationAge(state, 1_000)).toEqual({ ageMs: 700, sinceMs: 300, atLeast: false });
    expect(rotationAge({ ...state, lastRotatedAtMs: 50 }, 1_000)?.sinceMs).toBe(100);
  });

  it('knows the age from a rotation alone', () => {
    expect(rotationAge({ secretVersion: 2, lastRotatedAtMs: 300 }, 1_000, 10)).toEqual({
      ageMs: 700,
      sinceMs: 300,
      atLeast: false,
    });
  });

  it('says "at least" from the first use where neither was seen', () => {
    expect(rotationAge(UNKNOWN_KEY, 1_000, 400)).toEqual({
      ageMs: 600,
      sinceMs: 400,
      atLeast: true,
    });
  });

  it('is unknown where nothing was seen', () => {
    expect(rotationAge(UNKNOWN_KEY, 1_000)).toBeUndefined();
  });
});

describe('isUsable', () => {
  it('ends with the revocation and with the expiry, from that very moment', () => {
    expect(isUsable({ secretVersion: 0, revokedAtMs: 5 }, 4)).toBe(true);
    expect(isUsable({ secretVersion: 0, revokedAtMs: 5 }, 5)).toBe(false);
    expect(isUsable(described({ expiresAtMs: 5 }), 4)).toBe(true);
    expect(isUsable(described({ expiresAtMs: 5 }), 5)).toBe(false);
  });

  it('rests while the key is disabled', () => {
    const disabled = { atMs: 1, eventId: 'e', value: true };
    expect(isUsable({ secretVersion: 0, disabled }, 9)).toBe(false);
    expect(isUsable({ secretVersion: 0, disabled: { ...disabled, value: false } }, 9)).toBe(true);
  });
});

describe('environmentsOf', () => {
  it('is the home and the allowed ones, each once', () => {
    const allowedEnvironments = ['dev', 'test'];
    expect(environmentsOf(described({ environment: 'prod', allowedEnvironments }))).toEqual([
      'prod',
      'dev',
      'test',
    ]);
    expect(environmentsOf(described({ environment: 'dev', allowedEnvironments }))).toEqual([
      'dev',
      'test',
    ]);
  });

  it('is empty where nobody said', () => {
    expect(environmentsOf(undefined)).toEqual([]);
    expect(environmentsOf(UNKNOWN_KEY)).toEqual([]);
    expect(environmentsOf(described({}))).toEqual([]);
  });
});
