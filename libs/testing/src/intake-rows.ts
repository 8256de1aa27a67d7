import { columnsOfIntake, type Intake } from '@keywatch/clickhouse';

/**
 * Reads rows of an intake back from the RowBinary that row builders give: by column name, Strings as text, numbers, enums
 * and flags as numbers (64 bits too, so beyond 2^53 not exact), times in ms since 1970, identities as 32 hex digits.
 * @throws RangeError where the bytes end in the midst of a row
 */
export function readIntakeRows(intake: Intake, bytes: Buffer): Record<string, unknown>[] {
  const columns = columnsOfIntake(intake);
  const rows: Record<string, unknown>[] = [];
  let at = 0;
  const take = (size: number): Buffer => {
    if (at + size > bytes.length) throw new RangeError('The bytes end in the midst of a row.');
    at += size;
    return bytes.subarray(at - size, at);
  };
  const count = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = take(1).readUInt8();
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const value = (type: string): unknown => {
    if (type.startsWith('DateTime64(3')) return Number(take(8).readBigInt64LE());
    if (type.startsWith('Enum8(') || type === 'Bool') return take(1).readInt8();
    switch (type) {
      case 'String':
        return take(count()).toString('utf8');
      case 'UInt16':
        return take(2).readUInt16LE();
      case 'UInt32':
        return take(4).readUInt32LE();
      case 'Int32':
        return take(4).readInt32LE();
      case 'UInt64':
        return Number(take(8).readBigUInt64LE());
      case 'Float32':
        return take(4).readFloatLE();
      case 'UUID':
        return [take(8), take(8)]
          .map((half) => half.readBigUInt64LE().toString(16).padStart(16, '0'))
          .join('');
      default:
        throw new Error(`Unknown type ${type}.`);
    }
  };
  while (at < bytes.length) {
    rows.push(Object.fromEntries(columns.map(([name, type]) => [name, value(type)])));
  }
  return rows;
}
