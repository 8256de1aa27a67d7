import { describe, expect, it } from '@jest/globals';
import { pipelineAt, topicAt, UNKNOWN } from '../../../../test/cli/answers.js';
import type { PipelineCompleteness } from '../api/api-client.js';
import { untilIn } from './until-in.js';

type Answer = (asked: number) => PipelineCompleteness | undefined;

/** Answers in turn, the last one for ever. Each question takes `stepMs` of a clock that only it moves. */
class FakeApi {
  asked = 0;
  private ms = 0;
  private readonly answer: Answer;

  constructor(
    answers: readonly PipelineCompleteness[] | Answer,
    private readonly stepMs = 600,
  ) {
    this.answer =
      typeof answers === 'function'
        ? answers
        : (asked) => answers[Math.min(asked, answers.length - 1)];
  }

  readonly now = (): number => this.ms;

  completeness(): Promise<PipelineCompleteness> {
    const answer = this.answer(this.asked);
    this.asked += 1;
    this.ms += this.stepMs;
    return answer === undefined
      ? Promise.reject(new Error('no answer left'))
      : Promise.resolve(answer);
  }
}

const never = new AbortController().signal;
const UNKNOWN_TOPIC = { ...UNKNOWN, partitions: [] };

function wait(
  api: FakeApi,
  said: string[] = [],
  signal: AbortSignal = never,
): Promise<PipelineCompleteness> {
  return untilIn(api, signal, (line) => said.push(line), { pollMs: 0, now: api.now });
}

describe('waiting until all is in', () => {
  it('trusts no answer that the API may have kept from before', async () => {
    // Asked at 0, 600 and 1,200 ms: only the third is sure to know; then the same again for the alerts.
    const api = new FakeApi([pipelineAt()]);
    await wait(api);
    expect(api.asked).toBe(6);
  });

  it('waits for what is stored, then for detection, then for its alerts', async () => {
    const end = pipelineAt({ alerts: topicAt(3, 3) });
    const api = new FakeApi(
      [
        pipelineAt({ stored: 4, detected: 0 }),
        pipelineAt({ stored: 10, detected: 6 }),
        pipelineAt({ stored: 10, detected: 10, alerts: topicAt(0, 3) }),
        pipelineAt({ stored: 10, detected: 10, alerts: topicAt(2, 3) }),
        end,
      ],
      1001,
    );
    expect(await wait(api)).toBe(end);
    expect(api.asked).toBeGreaterThanOrEqual(5);
  });

  it('is not kept up by traffic that goes on', async () => {
    const api = new FakeApi((asked) => {
      const end = 10 + 20 * asked;
      return pipelineAt({ stored: end - 5, detected: end - 10, end });
    });
    const answer = await wait(api);
    expect(answer.keyEvents.state).toBe('behind');
  });

  it('takes an unknown state for nothing, and says why it waits', async () => {
    const unknown = { ...pipelineAt(), keyEvents: UNKNOWN_TOPIC };
    const said: string[] = [];
    const api = new FakeApi([...Array<PipelineCompleteness>(8).fill(unknown), pipelineAt()]);
    await wait(api, said);
    expect(api.asked).toBeGreaterThan(8);
    expect(said[0]).toBe("Waiting: it can't be told how far it is: Kafka: no broker");
  });

  it('waits while it is unknown how far detection is', async () => {
    const unknown = {
      ...pipelineAt(),
      detection: { lag: null, reason: 'Kafka: away', partitions: [] },
    };
    const api = new FakeApi([...Array<PipelineCompleteness>(8).fill(unknown), pipelineAt()]);
    await wait(api);
    expect(api.asked).toBeGreaterThan(8);
  });

  it('says every two seconds what it waits for', async () => {
    const said: string[] = [];
    const behind = pipelineAt({ stored: 4000, detected: 3000, end: 5000 });
    const api = new FakeApi([
      ...Array<PipelineCompleteness>(8).fill(behind),
      pipelineAt({ end: 5000 }),
    ]);
    await wait(api, said);
    expect(said[0]).toBe('Waiting: 1,000 events to store, 2,000 to look at, 0 alerts to store');
    expect(said.length).toBeLessThan(api.asked / 2);
  });

  it('counts a partition that retention has emptied as in', async () => {
    const emptied = {
      ...pipelineAt(),
      alertEvents: {
        ...topicAt(0, 0),
        partitions: [{ partition: 0, position: null, end: 50, lag: 0 }],
      },
    };
    await expect(wait(new FakeApi([emptied]))).resolves.toBe(emptied);
  });

  it.each(['keyEvents', 'alertEvents'] as const)('ends at gaps of %s', async (topic) => {
    const gaps = { ...topicAt(1, 9), state: 'gaps', reason: '3 messages are missing' } as const;
    await expect(wait(new FakeApi([{ ...pipelineAt(), [topic]: gaps }]))).rejects.toMatchObject({
      message: 'Messages are missing: 3 messages are missing',
      exitCode: 1,
    });
  });

  it('ends at Ctrl-C', async () => {
    const controller = new AbortController();
    const api = new FakeApi([pipelineAt({ stored: 0 })]);
    const waiting = wait(api, [], controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends where the API does', async () => {
    await expect(wait(new FakeApi([]))).rejects.toThrow('no answer left');
  });
});
