/** The work's result, or an error after `ms`. The work itself goes on; what it comes to is ignored. */
export async function within<T>(ms: number, who: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${who} did not answer within ${ms} ms`));
    }, ms);
  });
  const result = work();
  result.catch(() => undefined);
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
