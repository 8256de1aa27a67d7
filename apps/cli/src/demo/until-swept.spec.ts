import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../../../../test/cli/fake-server.js';
import { untilSwept } from './until-swept.js';

const NOW_MS = 1_800_000_000_000;
const LATENESS_MS = 900_000;
const signal = new AbortController().signal;

let server: FakeServer;

beforeEach(async () => {
  server = await new FakeServer().start();
});

afterEach(() => server.stop());

/** The metrics of two sweeps, as of seconds before the time that is waited for. */
function metrics(...secondsBefore: number[]): string {
  const lines = secondsBefore.map(
    (seconds, n) => `keywatch_sweep_as_of_seconds{sweep="s${n}"} ${NOW_MS / 1000 - seconds}`,
  );
  return ['# TYPE keywatch_sweep_as_of_seconds gauge', ...lines, 'other{sweep="x"} 1', ''].join(
    '\n',
  );
}

function answersInTurn(...texts: string[]): void {
  server.answer = (_, response) => response.end(texts.length > 1 ? texts.shift() : texts[0]);
}

describe('waiting for sweeps', () => {
  it('ends when every sweep has looked at all but the lateness', async () => {
    answersInTurn('', metrics(), metrics(900, 901), metrics(900, 900));
    await untilSwept(server.url, NOW_MS, LATENESS_MS, signal);
    expect(server.asked).toHaveLength(4);
  });

  it('reads the large numbers as the metrics write them', async () => {
    answersInTurn(`keywatch_sweep_as_of_seconds{sweep="s"} ${(NOW_MS / 1000).toExponential()}\n`);
    await expect(untilSwept(server.url, NOW_MS, 0, signal)).resolves.toBeUndefined();
  });

  it('ends at Ctrl-C', async () => {
    answersInTurn('');
    const controller = new AbortController();
    const waiting = untilSwept(server.url, NOW_MS, 0, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
