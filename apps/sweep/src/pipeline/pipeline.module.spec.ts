import { Test } from '@nestjs/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { createLog } from '@keywatch/platform';
import { PipelineModule } from './pipeline.module.js';
import type { PipelineWatch } from './pipeline-watch.js';

const log = createLog({ app: 'sweep', level: 'silent', format: 'json' });

function watchDoing(look: () => Promise<void>): PipelineWatch {
  return { look } as unknown as PipelineWatch;
}

describe('PipelineModule', () => {
  it('looks again after a look that failed, never twice at once, and no more once it is closed', async () => {
    const looks: PromiseWithResolvers<undefined>[] = [];
    const watch = watchDoing(async () => {
      const look = Promise.withResolvers<undefined>();
      looks.push(look);
      await look.promise;
    });
    const module = await Test.createTestingModule({
      imports: [PipelineModule.for(watch, { periodMs: 10, log })],
    }).compile();
    jest.useFakeTimers();
    try {
      await module.init();
      await jest.advanceTimersByTimeAsync(100);
      expect(looks).toHaveLength(1);
      looks[0]?.reject(new Error('not enough replicas'));
      await jest.advanceTimersByTimeAsync(10);
      expect(looks).toHaveLength(2);
      looks[1]?.resolve(undefined);
      await module.close();
      await jest.advanceTimersByTimeAsync(100);
      expect(looks).toHaveLength(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it('waits at its end for the look under way', async () => {
    const begun = Promise.withResolvers<undefined>();
    const look = Promise.withResolvers<undefined>();
    const watch = watchDoing(async () => {
      begun.resolve(undefined);
      await look.promise;
    });
    const module = await Test.createTestingModule({
      imports: [PipelineModule.for(watch, { periodMs: 3_600_000, log })],
    }).compile();
    await module.init();
    await begun.promise;
    const order: string[] = [];
    const closing = module.close().then(() => order.push('closed'));
    void look.promise.then(() => order.push('looked'));
    look.resolve(undefined);
    await closing;
    expect(order).toEqual(['looked', 'closed']);
  });
});
