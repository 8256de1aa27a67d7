/**
 * `(amount, -begin ms)` of a window of {windowMs} with the most in it, of those that begin on `day`. Something at e is in
 * the windows that begin in (e - window, e]. So each stretch of times opens a stretch of beginnings window - 1 ms before
 * its first and closes it 1 ms after its last, and how many are open is how much a window has that begins there.
 * Between two closings that only grows: it need be asked at `asked` alone, which has every last time, and the last of
 * each day. All three are arrays of ms.
 */
export const fullestWindow = (firsts: string, lasts: string, asked: string): string =>
  `arrayReduce('max', arrayMap(
            (m, open) -> if(m.2 = 1 AND toDate(fromUnixTimestamp64Milli(m.1, 'UTC')) = day, (toInt64(open), -m.1), (toInt64(0), toInt64(0))),
            arraySort(arrayConcat(
                arrayMap(ms -> (ms - {windowMs:Int64} + 1, 0, 1), ${firsts}),
                arrayMap(ms -> (ms + 1, 0, -1), ${lasts}),
                arrayMap(ms -> (ms, 1, 0), ${asked}))) AS moments,
            arrayCumSum(m -> m.3, moments)))`;
