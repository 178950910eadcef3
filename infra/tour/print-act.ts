import { table } from '../cli/table';
import { type Terminal } from '../cli/terminal';
import { type Act, type ActReport, type ShiftReport, type SideReport } from './act';

/** Lines of actions shown per side; the rest is in the report. */
const ACTIONS_SHOWN = 18;

export function printOpening(act: Act, place: string, { out, colours }: Terminal): void {
  out('');
  out(colours.bold(`${place}  ${act.title}`));
  out(`    ${act.story}`);
}

/** The figures of both sides, what was done, and whether the act showed what it is there for. */
export function printReport(report: ActReport, terminal: Terminal): void {
  const { out, colours } = terminal;
  const columns = columnsOf(report);
  const rows = report.sides.map((side) => [
    side.side,
    String(side.requests),
    String(side.failed),
    `${side.p99Ms}`,
    ...columns.map(({ value }) => value(side)),
  ]);
  for (const line of table(
    ['', 'requests', 'failed', 'p99 ms', ...columns.map(({ title }) => title)],
    rows,
  ))
    out(`    ${line}`);
  for (const side of report.sides) printActions(side, terminal);
  for (const { sentence, isSo } of report.findings)
    out(`    ${isSo ? colours.green('✓') : colours.red('✗')} ${sentence}`);
  out(
    colours.dim(
      `    ${report.seconds} s, under the rehearsal profile: the cloud’s fixed times are shortened.`,
    ),
  );
}

/** Times that this act is about. */
const columnsOf = ({ hasFault, hasScaling = false, sides }: ActReport): readonly Column[] => [
  ...shiftColumns(sides),
  ...((hasFault && !isShift(sides)) || hasScaling
    ? [{ title: 's to detect', value: (side: SideReport) => seconds(side.secondsToDetect) }]
    : []),
  ...(hasFault
    ? [{ title: 's to heal', value: (side: SideReport) => seconds(side.secondsToHeal) }]
    : []),
  ...(hasScaling
    ? [
        {
          title: 's to serve',
          value: ({ secondsToServe }: SideReport) =>
            secondsToServe === undefined ? '–' : seconds(secondsToServe),
        },
      ]
    : []),
];

const isShift = (sides: readonly SideReport[]): boolean =>
  sides.some(({ shift }) => shift !== undefined);

function shiftColumns(sides: readonly SideReport[]): readonly Column[] {
  const ttl = sides.find(({ shift }) => shift !== undefined)?.shift?.ttlSeconds;
  if (ttl === undefined) return [];
  const of =
    (value: (shift: ShiftReport) => number | null) =>
    ({ shift }: SideReport): string =>
      shift === undefined ? '–' : seconds(value(shift));
  return [
    { title: 's to verdict', value: of(({ secondsToVerdict }) => secondsToVerdict) },
    { title: 's to DNS change', value: of(({ secondsToDns }) => secondsToDns) },
    {
      title: `s to 95 % moved (TTL ${ttl} s)`,
      value: of(({ secondsToMove }) => secondsToMove),
    },
    { title: 'p99 ms at b', value: of(({ p99MsThere }) => p99MsThere) },
  ];
}

interface Column {
  readonly title: string;
  readonly value: (side: SideReport) => string;
}

const seconds = (value: number | null): string => (value === null ? 'not' : String(value));

function printActions({ side, actions }: SideReport, { out, colours }: Terminal): void {
  if (actions.length === 0) return;
  out(`    ${side}:`);
  for (const action of actions.slice(0, ACTIONS_SHOWN)) out(colours.dim(`      ${action}`));
  if (actions.length > ACTIONS_SHOWN)
    out(colours.dim(`      … and ${actions.length - ACTIONS_SHOWN} more, see --json`));
}
