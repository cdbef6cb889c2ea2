// How a page looks: by day, by night, on paper, and on a screen as narrow as a phone's. The fonts are the system's.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1a1d21; --muted: #555e68; --grid: #e6e9ec; --rule: #c9cfd6; --slot: #f1f3f5;
  --done: #2f6fab; --failed: #d1520c; --failed-text: #b0420a;
  --line-0: #2f6fab; --line-1: #14724a; --line-2: #9a3f86; --line-3: #7a6200;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e7eaed; --muted: #a3adb7; --grid: #292e34; --rule: #414950; --slot: #1e2227;
    --done: #5f9fd8; --failed: #ff9a4d; --failed-text: #ffab6b;
    --line-0: #6aaae3; --line-1: #58c48d; --line-2: #d98bc8; --line-3: #d1b545;
  }
}
@media print {
  :root {
    --paper: #ffffff; --ink: #000000; --muted: #444444; --grid: #dddddd; --rule: #999999; --slot: #f1f3f5;
    --done: #2f6fab; --failed: #d1520c; --failed-text: #b0420a;
    --line-0: #2f6fab; --line-1: #14724a; --line-2: #9a3f86; --line-3: #7a6200;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 4rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 3rem) clamp(1rem, 4vw, 2.5rem) 4rem; }
h1 { margin: 0; font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.25rem; font-size: 1.25rem; line-height: 1.3; }
h3 { margin: 0; font-size: 1rem; line-height: 1.4; overflow-wrap: anywhere; }
p { margin: 0 0 0.75rem; max-width: 44rem; text-wrap: pretty; overflow-wrap: anywhere; }
section { margin-top: 3.25rem; }
code, pre { font: 0.9375em/1.5 ui-monospace, 'Cascadia Mono', Menlo, Consolas, monospace; }
.kicker { margin: 0 0 0.25rem; color: var(--muted); font-size: 0.9375rem; }
.lead { margin: 0.75rem 0 0; font-size: 1.125rem; }
.muted { color: var(--muted); }
.is-failed { color: var(--failed-text); font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: 1.25rem 1rem; margin: 1.75rem 0 0; }
.figures > div { border-top: 1px solid var(--rule); padding-top: 0.5rem; min-width: 0; }
.figures dt { color: var(--muted); font-size: 0.9375rem; }
.figures dd { margin: 0; font-size: 1.2rem; line-height: 1.3; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figures dd small { display: block; white-space: normal; color: var(--muted); font-size: 0.9375rem; }
.figures .is-failed { font-weight: inherit; }
figure { margin: 1rem 0 0; min-width: 0; }
figcaption { color: var(--muted); font-size: 0.9375rem; }
.chart { min-width: 0; overflow: hidden; }
.chart:focus-visible, button:focus-visible, input:focus-visible, .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--done); outline-offset: 2px; }
.u-over { cursor: crosshair; }
.u-select { background: color-mix(in srgb, var(--ink) 14%, transparent); }
.u-hz .u-cursor-x { border-right: 1px solid var(--muted); }
.mark { position: absolute; outline: 2px solid var(--ink); pointer-events: none; }
.key { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0.25rem 0 0; padding: 0; list-style: none; font-size: 0.9375rem; }
.key li { display: flex; align-items: center; gap: 0.45rem; }
.key i { width: 0.9rem; height: 0.9rem; background: var(--done); }
.key i.of-failed { background: var(--failed); }
.key i.of-resume { width: 0; background: none; border-left: 2px dashed var(--ink); }
.key i.of-line { width: 1.4rem; height: 0; background: none; border-top: 2.5px solid; }
.key i.of-dashes { border-top-style: dashed; }
.zoom { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; margin: 0.75rem 0 0; padding: 0.4rem 0; background: var(--paper); border-bottom: 1px solid var(--grid); }
.zoom[hidden], .tip[hidden], .mark[hidden] { display: none; }
.zoom output { flex: 1 1 12rem; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
button { min-width: 2.5rem; min-height: 2.25rem; padding: 0 0.7rem; border: 1px solid var(--rule); border-radius: 4px; background: var(--paper); color: var(--ink); font: inherit; font-size: 0.9375rem; cursor: pointer; }
button:hover:enabled { border-color: var(--ink); }
button:disabled { color: var(--muted); opacity: 0.6; cursor: default; }
.tip { position: fixed; z-index: 2; max-width: min(26rem, calc(100vw - 16px)); padding: 0.5rem 0.75rem; border: 1px solid var(--rule); border-radius: 4px; background: var(--paper); box-shadow: 0 2px 10px rgb(0 0 0 / 18%); font-size: 0.875rem; line-height: 1.4; pointer-events: none; }
.tip dl { display: grid; grid-template-columns: auto 1fr; gap: 0 0.75rem; margin: 0.15rem 0 0; }
.tip dt { color: var(--muted); }
.tip dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
input { min-width: 0; min-height: 2.25rem; padding: 0 0.5rem; border: 1px solid var(--rule); border-radius: 4px; background: var(--paper); color: var(--ink); font: inherit; font-size: 0.9375rem; }
.pager { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; margin: 0.5rem 0 0; }
.pager output { flex: 1 1 12rem; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
.pager input { flex: 1 1 12rem; }
.scroll { overflow-x: auto; margin-top: 0.75rem; }
details .scroll { max-height: 32rem; overflow-y: auto; }
table { border-collapse: collapse; min-width: 100%; font-size: 0.9375rem; }
th, td { padding: 0.35rem 1.25rem 0.35rem 0; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; }
th { color: var(--muted); font-weight: 600; white-space: nowrap; }
thead th { border-bottom-color: var(--rule); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number, td.number, th.name, td.name { width: 1%; }
td.name { white-space: nowrap; }
td.input { min-width: 14rem; overflow-wrap: anywhere; }
.failure { margin-top: 1.5rem; padding-top: 0.75rem; border-top: 1px solid var(--rule); }
.failure > p { margin: 0.15rem 0 0; }
.share { height: 6px; margin: 0.5rem 0; background: var(--slot); }
.share > div { height: 100%; background: var(--failed); }
summary { cursor: pointer; padding: 0.35rem 0; font-size: 0.9375rem; }
pre { margin: 0; padding: 0.75rem; overflow-x: auto; background: var(--slot); font-size: 0.875rem; }
@media (max-width: 40rem) {
  .figures { grid-template-columns: 1fr 1fr; gap: 1rem; }
  section { margin-top: 2.5rem; }
  .zoom output { flex-basis: 100%; }
  .zoom button { padding: 0 0.5rem; }
}
@media print {
  .zoom, .tip, .pager { display: none; }
  section, figure, .failure { break-inside: avoid; }
  main { max-width: none; padding: 0; }
}
`;
