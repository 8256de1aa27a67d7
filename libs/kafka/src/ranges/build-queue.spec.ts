import { describe, expect, it } from '@jest/globals';
import { BuildQueue } from './build-queue.js';

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('BuildQueue', () => {
  it('builds one after the other, in the order in which they came', async () => {
    const queue = new BuildQueue();
    const told: string[] = [];
    const first = gate();
    const one = queue.add(async () => {
      told.push('one begins');
      await first.passed;
      told.push('one ends');
      return 1;
    });
    const two = queue.add(() => {
      told.push('two');
      return 2;
    });
    void two.begun.then(() => told.push('two has its turn'));
    await one.begun;
    first.open();
    await expect(Promise.all([one.result, two.result])).resolves.toEqual([1, 2]);
    expect(told).toEqual(['one begins', 'one ends', 'two has its turn', 'two']);
  });

  it('goes on after one that failed, also where nobody waits for it', async () => {
    const queue = new BuildQueue();
    queue.add(() => Promise.reject(new Error('broken')));
    await expect(queue.add(() => 2).result).resolves.toBe(2);
  });

  it('lets who waited for the beginning act before the thread is busy', async () => {
    const told: string[] = [];
    const build = new BuildQueue().add(() => told.push('built'));
    await build.begun;
    told.push('announced');
    await build.result;
    expect(told).toEqual(['announced', 'built']);
  });

  it('never begins one that was dropped', async () => {
    const queue = new BuildQueue();
    const told: string[] = [];
    const first = queue.add(() => told.push('first'));
    const second = queue.add(() => told.push('second'));
    second.drop();
    await first.result;
    await expect(second.result).rejects.toThrow('dropped');
    expect(told).toEqual(['first']);
  });
});
