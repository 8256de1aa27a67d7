import { describe, expect, it } from '@jest/globals';
import { createLog } from '@keywatch/platform';
import { aNotice, anAlert, anAlertEvent } from '@keywatch/testing';
import { LogChannel } from './log.channel.js';

describe('LogChannel', () => {
  it('writes an alert as one line with its id, and no notices', async () => {
    const lines: string[] = [];
    const channel = new LogChannel(
      createLog({
        app: 'notify',
        level: 'info',
        format: 'text',
        destination: { write: (line) => lines.push(line) },
      }),
    );
    expect(channel.takes({ kind: 'owner-notice', notice: aNotice([anAlert()]) })).toBe(false);
    expect(await channel.deliver({ kind: 'alert', event: anAlertEvent() })).toEqual({
      kind: 'sent',
      status: 0,
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('ALERT Key not rotated: key_42 was not rotated for 95 days.');
    expect(lines[0]).toContain('a'.repeat(32));
    expect(lines[0]).toContain('runbook=docs/runbooks/stale-key.md');
    expect(lines[0]).toContain('acknowledge=keywatch alerts ack aaaaaaaa');
  });
});
