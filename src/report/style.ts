/** One style sheet for screen (light and dark), phone and paper. */
export const STYLE = `
:root {
  --page: #f6f7f9; --card: #ffffff; --ink: #17202b; --muted: #5a6675; --line: #d9dee5; --soft: #eef1f5;
  --now: #3a6fd8; --before: #d9730d; --good: #18794e; --warn: #b26a00; --bad: #c02f3f;
  --good-soft: #e3f4ea; --warn-soft: #fdf0d9; --bad-soft: #fce7e8; --calm-soft: #e6edf9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --card: #18202a; --ink: #e7ecf2; --muted: #9aa7b6; --line: #2f3a47; --soft: #222c38;
    --now: #6b9bf4; --before: #f0a050; --good: #4cc38a; --warn: #e5a83b; --bad: #f2737f;
    --good-soft: #14301f; --warn-soft: #35280f; --bad-soft: #3a1a1e; --calm-soft: #1b2a44;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
h1, h2, h3, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -0.02em; }
h2 { font-size: 20px; letter-spacing: -0.01em; margin-bottom: 4px; }
h3 { font-size: 15px; margin: 16px 0 8px; }
code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: 10px 12px; border-radius: 8px; margin: 8px 0 0; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
.muted, .remark, .when { color: var(--muted); }
.remark { margin-bottom: 14px; }
.brand { color: var(--muted); margin-bottom: 12px; overflow-wrap: anywhere; }
.brand b { color: var(--ink); margin-right: 6px; }
.verdict { border-radius: 14px; padding: 22px 26px; border: 1px solid var(--line); border-left: 8px solid var(--now); background: var(--calm-soft); }
.verdict.good { border-left-color: var(--good); background: var(--good-soft); }
.verdict.bad { border-left-color: var(--bad); background: var(--bad-soft); }
.verdict.good h1 { color: var(--good); } .verdict.bad h1 { color: var(--bad); } .verdict.calm h1 { color: var(--now); }
.when { font-size: 13px; margin-bottom: 6px; }
.sentence { font-size: 18px; line-height: 1.45; margin-top: 8px; max-width: 62ch; }
.reason { margin-top: 8px; color: var(--muted); overflow-wrap: anywhere; max-width: 90ch; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin-top: 14px; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px; }
.tiles dt, .tiles span { color: var(--muted); font-size: 13px; }
.tiles dd { font-size: 24px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 22px 26px; margin: 18px 0; }
footer { color: var(--muted); font-size: 13px; padding-bottom: 32px; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 6px 0; }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 550; font-size: 13px; }
tbody th { color: var(--ink); font-size: 15px; }
tr:last-child > td, tbody tr:last-child > th { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { width: 26%; min-width: 120px; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--now); }
.mark { font-weight: 700; } .mark.good { color: var(--good); }
.why { background: var(--bad-soft); border-radius: 10px; padding: 12px 16px; margin: 8px 0 14px; }
.why h3 { margin: 0 0 4px; } .why li { overflow-wrap: anywhere; }
.rule { border: 1px solid var(--line); border-left: 5px solid var(--bad); border-radius: 10px; padding: 12px 16px; margin: 12px 0; }
.rule.warn { border-left-color: var(--warn); }
.rule h3 { margin: 0 0 4px; overflow-wrap: anywhere; } .rule .mark { color: var(--bad); } .rule.warn .mark { color: var(--warn); }
.rule p span { margin-left: 6px; }
.samples { display: flex; flex-wrap: wrap; gap: 6px 18px; margin-top: 8px; }
.samples li { max-width: 100%; }
.value { background: var(--soft); border-radius: 6px; padding: 1px 7px; overflow-wrap: anywhere; white-space: pre-wrap; }
.chip { display: inline-block; border-radius: 99px; padding: 0 9px; font-size: 12px; line-height: 20px; font-weight: 550; white-space: nowrap; background: var(--soft); color: var(--muted); }
.chip.good { background: var(--good-soft); color: var(--good); }
.chip.warn { background: var(--warn-soft); color: var(--warn); }
.chip.bad { background: var(--bad-soft); color: var(--bad); }
.gauge { display: block; position: relative; height: 8px; margin-top: 8px; border-radius: 4px; background: var(--soft); overflow: hidden; }
.gauge span { display: block; height: 100%; background: var(--muted); border-radius: 4px; }
.gauge.good span { background: var(--good); } .gauge.warn span { background: var(--warn); } .gauge.bad span { background: var(--bad); } .gauge.now span { background: var(--now); }
.gauge i { position: absolute; top: 0; width: 1px; height: 100%; background: var(--ink); opacity: .45; }
.legend { color: var(--muted); margin-bottom: 12px; }
.key { display: inline-block; width: 14px; height: 10px; border-radius: 2px; background: var(--now); margin: 0 5px 0 0; }
.key + .key, .legend .key:not(:first-child) { margin-left: 16px; }
.key.before { height: 0; border-top: 2px solid var(--before); background: none; border-radius: 0; vertical-align: 4px; }
.key.warn { background: var(--warn); } .key.bad { background: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 14px; }
.card { border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; min-width: 0; break-inside: avoid; }
.card h3 { margin: 0; display: flex; gap: 8px; align-items: baseline; flex-wrap: wrap; overflow-wrap: anywhere; }
.card h3 code { font-size: 15px; font-weight: 650; }
.type { font-weight: 400; font-size: 13px; margin-right: auto; }
.facts { display: flex; gap: 14px; font-size: 13px; color: var(--muted); margin-bottom: 6px; }
.facts .some { color: var(--warn); }
.outside { font-size: 12px; }
.quantiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px 10px; font-size: 13px; margin-top: 6px; }
.quantiles.time { grid-template-columns: repeat(2, 1fr); }
.quantiles dt { color: var(--muted); font-size: 11px; } .quantiles dd { font-variant-numeric: tabular-nums; }
.values li { display: grid; grid-template-columns: minmax(0, 9em) 1fr 4.6em; gap: 10px; align-items: center; font-size: 13px; line-height: 23px; }
.values .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.values .share { text-align: right; font-variant-numeric: tabular-nums; }
.bar { position: relative; height: 12px; }
.bar span { display: block; height: 100%; background: var(--now); border-radius: 2px; min-width: 1px; }
.bar i { position: absolute; top: -2px; width: 2px; height: 16px; margin-left: -1px; background: var(--before); }
.lineage div { display: grid; grid-template-columns: 9em minmax(0, 1fr); gap: 12px; padding: 6px 0; border-bottom: 1px solid var(--line); }
.lineage div:last-child { border-bottom: 0; }
.lineage dt { color: var(--muted); }
.uri { overflow-wrap: anywhere; }
.digest { color: var(--muted); font-size: 12px; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.scroll > svg { min-width: 640px; }
@media (max-width: 640px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  section, .verdict { padding: 16px; }
  h1 { font-size: 28px; } .sentence { font-size: 16px; }
  .stacked thead { display: none; }
  .stacked tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .stacked tr:last-child { border-bottom: 0; }
  .stacked td { display: block; border: 0; padding: 2px 0; width: auto; text-align: left; white-space: normal; }
  .stacked td[data-name]::before { content: attr(data-name) ": "; color: var(--muted); font-size: 13px; }
  .lineage div { grid-template-columns: 1fr; gap: 0; }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --ink: #000; --muted: #444; --line: #bbb; --soft: #eee;
    --now: #3a6fd8; --before: #c05f00; --good: #126240; --warn: #8a5200; --bad: #a52030;
    --good-soft: #eef7f1; --warn-soft: #faf3e4; --bad-soft: #faeeee; --calm-soft: #eef2fa;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11pt; }
  header, main, footer { max-width: none; padding: 0; }
  section { border: 0; padding: 0; margin: 18pt 0; }
  h2, h3 { break-after: avoid; }
  tr, .rule, .card, .verdict, .tiles div { break-inside: avoid; }
  .cards { grid-template-columns: repeat(2, 1fr); }
  details::details-content { content-visibility: visible; }
  summary { list-style: none; color: var(--muted); }
}
`;
