import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { PROMPT, promptForQueries } from './prompt.js';

async function session(
  lines: string,
): Promise<{ asked: string[]; printed: string; shown: string }> {
  const input = new PassThrough();
  const output = new PassThrough();
  const asked: string[] = [];
  let printed = '';
  input.end(lines);
  await promptForQueries({
    input,
    output,
    terminal: false,
    run: (sql) => {
      asked.push(sql);
      return sql.includes('bad') ? Promise.reject(new Error('no such thing')) : Promise.resolve();
    },
    print: (text) => {
      printed += `${text}\n`;
    },
  });
  return { asked, printed, shown: (output.read() as Buffer | null)?.toString() ?? '' };
}

describe('the prompt', () => {
  it('takes a query over several lines until its semicolon', async () => {
    const { asked, shown } = await session('SELECT 1\n  + 1\n;\n\nSELECT 2;\n');
    expect(asked).toEqual(['SELECT 1\n  + 1\n;\n', 'SELECT 2;\n']);
    expect(shown).toContain(PROMPT);
  });

  it('goes on after a query that fails', async () => {
    const { asked, printed } = await session('bad;\nSELECT 2;\n');
    expect(asked).toHaveLength(2);
    expect(printed).toBe('no such thing\n');
  });

  it.each(['\\q', 'exit', 'quit;'])('ends at %s', async (end) => {
    expect((await session(`${end}\nSELECT 1;\n`)).asked).toEqual([]);
  });

  it('shows the views, their columns and help', async () => {
    expect((await session('\\d\n')).printed).toMatch(/^ {2}key_changes {2,}One row per change/m);
    expect((await session('\\d keys\n')).printed).toMatch(/^ {2}revoked_at {2,}Nullable/m);
    expect((await session('\\d nothing\n')).printed).toContain('There is no view nothing');
    expect((await session('\\?\n')).printed).toContain('\\q');
  });
});
