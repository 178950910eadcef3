import { formatDuration, formatShare } from '../../../shared/config/notation';
import { type AgreementExample, type AgreementReport } from '../../../shared/operate/agreement';
import { instantText } from '../../../shared/record/text';
import { table } from '../table';
import { type Colours } from '../terminal';

const WHO = {
  'load-balancer': 'the load balancer did it',
  somebody: 'somebody did it',
  nobody: 'nobody did it',
  unobserved: 'no look followed in time',
  pending: 'the time is not over',
} as const;

const shareText = (share: number | null): string => (share === null ? '–' : formatShare(share));

const exampleLine = ({
  at,
  kind,
  instanceId,
  detail,
  reason,
  agreement,
  afterMs,
  tickId,
}: AgreementExample): string => {
  const after = afterMs === null ? '' : ` after ${Math.round(afterMs / 1000)} s`;
  const what = detail === kind ? kind : `${kind}: ${detail}`;
  return `  ${instantText(at)}  ${instanceId} ${what} (${reason}); ${WHO[agreement]}${after}; tick ${tickId}`;
};

/** A pool's agreement: a table by kind, then examples to look at with `explain`. */
export function agreementLines(report: AgreementReport, colours: Colours): readonly string[] {
  const { poolName, rows, share, examples, looks, from, withinMs } = report;
  const head = `${poolName}: since ${instantText(from)}, ${looks} looks`;
  if (rows.length === 0)
    return [
      colours.bold(head),
      'Nothing was proposed in mode observe: there is nothing to compare.',
    ];
  return [
    colours.bold(
      `${head}; ${shareText(share)} of the proposals were made by others, too, within ${formatDuration(withinMs)}`,
    ),
    ...table(
      ['proposal', 'count', 'load balancer', 'somebody', 'nobody', 'untold', 'agreed'],
      rows.map((row) => [
        row.kind,
        String(row.proposals),
        String(row.byLoadBalancer),
        String(row.bySomebody),
        String(row.byNobody),
        String(row.untold),
        shareText(row.share),
      ]),
    ),
    'Examples; `evenkeel explain TICK` shows each whole:',
    ...examples.map(exampleLine),
  ];
}
