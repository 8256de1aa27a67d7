import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { doctorText } from './doctor.command.js';

describe('checks in words', () => {
  it('give the fix of what is bad or weak, and none of what is well', () => {
    const text = doctorText([
      { name: 'Node', ok: true, detail: '24.1.0', fix: 'never shown' },
      { name: 'Docker', ok: 'warn', detail: 'no daemon', fix: 'only needed without Java' },
      { name: 'Disk', ok: false, detail: '0.1 GB free', fix: 'free some space' },
    ]);
    expect(text.split('\n')).toEqual([
      `${pc.green('ok  ')} Node   24.1.0`,
      `${pc.yellow('note')} Docker no daemon`,
      '            → only needed without Java',
      `${pc.red('BAD ')} Disk   0.1 GB free`,
      '            → free some space',
    ]);
  });
});
