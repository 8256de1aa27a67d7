/** Style of a printed page: A4 across, heads of tables on every page, no row cut in two. */
export const STYLE = `
@page { size: A4 landscape; margin: 12mm 10mm 14mm; }
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 1.5rem auto; max-width: 1400px; padding: 0 1rem; color: #14181f; background: #fff;
  font: 10pt/1.4 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
header { border-bottom: 2px solid #14181f; margin-bottom: .8rem; }
h1 { font-size: 17pt; margin: 0; }
h2 { font-size: 11pt; margin: 1rem 0 .3rem; }
.question { margin: .1rem 0 .5rem; color: #4a5361; }
dl { display: flex; flex-wrap: wrap; gap: .15rem 1.6rem; margin: .2rem 0 .6rem; }
dl div { display: flex; gap: .4rem; }
dt { color: #5b6573; }
dt::after { content: ":"; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.subject { border: 1px solid #c8ced6; border-radius: 4px; padding: .2rem .7rem; margin-bottom: .6rem; break-inside: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; }
table.wide { font-size: 7.5pt; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th { text-align: left; vertical-align: bottom; border-bottom: 1.5px solid #14181f; padding: .2rem .45rem; }
th small { font-weight: 400; color: #5b6573; }
td { vertical-align: top; border-bottom: 1px solid #dfe3e8; padding: .2rem .45rem; }
.long { overflow-wrap: anywhere; min-width: 11em; }
tbody tr:nth-child(even) { background: #f5f7f9; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { white-space: normal; }
.time { font-variant-numeric: tabular-nums; min-width: 5.2em; overflow-wrap: normal; }
.none, .more { color: #5b6573; font-style: italic; }
.conclusion { border-left: 4px solid #14181f; padding: .3rem .8rem; margin: .8rem 0; font-size: 10.5pt; font-weight: 600; break-inside: avoid; }
footer { border-top: 2px solid #14181f; margin-top: 1rem; font-size: 8.5pt; break-inside: avoid; }
.small { color: #5b6573; }
@media print {
  body { margin: 0; padding: 0; max-width: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
