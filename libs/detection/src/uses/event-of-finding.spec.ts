import { describe, expect, it } from '@jest/globals';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { callerOf, eventIdsOf } from './event-of-finding.js';

const use = (data: object): KeyEvent => ({ type: REQUEST_MADE, id: 'u1', data }) as KeyEvent;
const rotated = { type: 'keywatch.key.rotated.v1', id: 'r1', data: {} } as KeyEvent;

describe('the event of a finding', () => {
  it('that is a use names its caller, and is the first and the last', () => {
    const event = use({ sourceIp: '192.0.2.1', userAgent: 'curl/8' });
    expect(callerOf(event)).toEqual({ address: '192.0.2.1', agent: 'curl/8' });
    expect(eventIdsOf(event)).toEqual({ firstEventId: 'u1', lastEventId: 'u1' });
  });

  it('that is a use of an unknown caller says so with empty texts', () => {
    expect(callerOf(use({}))).toEqual({ address: '', agent: '' });
  });

  it('that is no use has no caller and only a last', () => {
    expect(callerOf(rotated)).toEqual({});
    expect(eventIdsOf(rotated)).toEqual({ lastEventId: 'r1' });
  });
});
