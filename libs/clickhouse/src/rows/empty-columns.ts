/** The entrances for ranges: one per topic whose events are stored. */
export const INTAKES = ['key_event_intake', 'alert_event_intake', 'delivery_event_intake'] as const;
export type Intake = (typeof INTAKES)[number];

/**
 * The columns after `body_crc` of a row that is no event, and the end of the row. All arguments are JSON text.
 * @param time for the time columns
 * @param key the message key
 * @param data what the row's view reads
 */
export function emptyColumns(intake: Intake, time: string, key = '""', data = '""'): string {
  switch (intake) {
    case 'key_event_intake':
      return `,"","","","","",${key},"",${time},0,"","","","","",0,0,0,"","","",0,"",${data}]`;
    case 'alert_event_intake':
      return `,${key},"","","","","",0,1,"","","","","","",${time},${time},false,"","","","","","",${data},"","","","","",${time},${time},${time}]`;
    case 'delivery_event_intake':
      return `,${key},"","","",1,"","","",0,"",0,"",${time},${data}]`;
  }
}
