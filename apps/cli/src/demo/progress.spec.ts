import { describe, expect, it } from '@jest/globals';
import type { ProcessState } from '@keywatch/local-stack';
import { Progress } from './progress.js';

function progressOn(isTTY: boolean, quiet = false) {
  const written: string[] = [];
  const out = { isTTY, write: (text: string) => written.push(text) };
  // Times differ from run to run.
  const text = (): string => written.join('').replaceAll(/ *\d+\.\d s /g, 'T ');
  return { progress: new Progress(out, quiet), text };
}

const state = (name: string, given: Partial<ProcessState>): ProcessState =>
  ({ name, state: 'up', ...given }) as ProcessState;

describe('progress', () => {
  it('is one line that changes on a terminal', () => {
    const { progress, text } = progressOn(true);
    progress.now('1 event played…');
    progress.now('2 events played…');
    progress.done('all played');
    expect(text()).toBe(
      '\r\u001b[2KT 1 event played…\r\u001b[2KT 2 events played…\r\u001b[2KT all played\n',
    );
  });

  it('is a line for each step that is done elsewhere, without control characters', () => {
    const { progress, text } = progressOn(false);
    progress.now('1 event played…');
    progress.done('all played');
    expect(text()).toBe('T all played\n');
  });

  it('is nothing where one JSON document is asked for', () => {
    const { progress, text } = progressOn(true, true);
    progress.now('1 event played…');
    progress.done('all played');
    expect(text()).toBe('');
  });

  it('tells of processes that are up, or ended', () => {
    const { progress, text } = progressOn(false);
    progress.process(state('kafka', { state: 'starting' }));
    progress.process(state('kafka', { state: 'up' }));
    progress.process(state('api', { state: 'restarting', lastEnd: 'ended with 1' }));
    expect(text()).toBe('T kafka is up\nT api ended with 1 (restarting)\n');
  });
});
