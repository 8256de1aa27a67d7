import { describe, expect, it } from '@jest/globals';
import { stop } from './stop.js';

function appThat(close: (cut: Promise<void>) => Promise<void>, steps: string[]) {
  const cut = Promise.withResolvers<undefined>();
  return {
    async close() {
      steps.push('close');
      await close(cut.promise);
      steps.push('closed');
    },
    getHttpServer: () => ({
      closeAllConnections() {
        steps.push('cut');
        cut.resolve(undefined);
      },
    }),
  };
}

const clientsOf = (steps: string[]) => (): Promise<void> => {
  steps.push('clients');
  return Promise.resolve();
};

describe('stopping', () => {
  it('finishes what is under way before the clients are closed', async () => {
    const steps: string[] = [];
    await stop(
      appThat(() => Promise.resolve(), steps),
      clientsOf(steps),
      10_000,
    );
    expect(steps).toEqual(['close', 'closed', 'clients']);
  });

  it('cuts off what does not end within the grace', async () => {
    const steps: string[] = [];
    await stop(
      appThat((cut) => cut, steps),
      clientsOf(steps),
      10,
    );
    expect(steps).toEqual(['close', 'cut', 'closed', 'clients']);
  });
});
