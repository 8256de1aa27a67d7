import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { verifyText } from './verify.command.js';

describe('findings in words', () => {
  it('say that all is well', () => {
    const text = verifyText([{ check: 'range-gaps', ok: true, detail: 'no gap', hint: '' }]);
    expect(text).toBe(
      [
        `${pc.green('ok   ')} range-gaps     no gap`,
        '',
        'Nothing is missing, nothing is there twice.',
      ].join('\n'),
    );
  });

  it('say what is wrong, and what to do', () => {
    const text = verifyText([
      { check: 'range-gaps', ok: true, detail: 'no gap', hint: '' },
      { check: 'duplicates', ok: false, detail: '2 are there twice', hint: 'Look at them.' },
    ]);
    expect(text).toContain(`${pc.red('WRONG')} duplicates     2 are there twice\n`);
    expect(text).toContain('                     → Look at them.');
    expect(text).toMatch(/1 of 2 checks found something\.$/);
  });
});
