import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { createLog } from '@keywatch/platform';
import { PipelineModule } from './pipeline.module.js';
import type { PipelineWatch } from './pipeline-watch.js';

const log = createLog({ app: 'sweep', level: 'silent', format: 'json' });

function watchDoing(look: () => Promise<void>): PipelineWatch {
  return { look } as unknown as PipelineWatch;
}

describe('PipelineModule', () => {
  it('looks again after a look that failed, and never twice at once', async () => {
    let looks = 0;
    let at = 0;
    const third = Promise.withResolvers<undefined>();
    const watch = watchDoing(async () => {
      at += 1;
      looks += 1;
      expect(at).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      at -= 1;
      if (looks === 3) third.resolve(undefined);
      throw new Error('not enough replicas');
    });
    const module = await Test.createTestingModule({
      imports: [PipelineModule.for(watch, { periodMs: 1, log })],
    }).compile();
    await module.init();
    await third.promise;
    await module.close();
    const ended = looks;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(looks).toBe(ended);
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
    let closed = false;
    const closing = module.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(closed).toBe(false);
    look.resolve(undefined);
    await closing;
    expect(closed).toBe(true);
  });
});
