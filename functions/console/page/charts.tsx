import { type VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type FiguresView } from '../api';
import { useKept, useLive, usePage } from './hooks';
import { type Words } from './words';

type Column = readonly (number | null)[];

interface Line {
  readonly label: string;
  readonly values: Column;
  /** A colour of the style sheet, and how it is drawn: lines differ by more than their colours. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly isFilled?: true;
}

interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Least height of the scale. */
  readonly atLeast: number;
}

const HEIGHT = 112;
const SPANS = { '15m': 15, '1h': 60, '6h': 360, '24h': 1440 } as const;
type Span = keyof typeof SPANS;

const perCent = (values: Column): Column =>
  values.map((value) => (value === null ? null : value / 10));

/** Share of the full weight, in per cent; null where there is no weight at all. */
const weightShare = ({ weight, fullWeight }: FiguresView['columns']): Column =>
  weight.map((value, index) => {
    const full = fullWeight[index] ?? 0;
    return value === null || full === 0 ? null : Math.round((value * 1000) / full) / 10;
  });

function chartsOf({ columns }: FiguresView, words: Words): readonly Chart[] {
  const { charts } = words;
  const isScaled = columns.desired.some((value) => value !== null);
  return [
    {
      title: charts.load,
      atLeast: 10,
      lines: [
        {
          label: charts.requests,
          values: columns.requestsPerSecond,
          colour: '--line-1',
          isFilled: true,
        },
        {
          label: charts.response,
          values: columns.responseTimeMs,
          colour: '--line-2',
          dash: [5, 3],
        },
      ],
    },
    {
      title: charts.capacity,
      atLeast: 2,
      lines: [
        { label: charts.members, values: columns.members, colour: '--line-3', dash: [2, 3] },
        { label: charts.healthy, values: columns.healthy, colour: '--line-1', isFilled: true },
        { label: charts.serving, values: columns.serving, colour: '--line-2', dash: [5, 3] },
        ...(isScaled
          ? [{ label: charts.desired, values: columns.desired, colour: '--line-4' }]
          : []),
      ],
    },
    {
      title: charts.weights,
      atLeast: 100,
      lines: [
        {
          label: charts.weightShare,
          values: weightShare(columns),
          colour: '--line-1',
          isFilled: true,
        },
      ],
    },
    {
      title: charts.failed,
      atLeast: 5,
      lines: [
        {
          label: charts.failedRequests,
          values: perCent(columns.failed),
          colour: '--line-bad',
          isFilled: true,
        },
        {
          label: charts.failedProbes,
          values: perCent(columns.failedProbes),
          colour: '--line-2',
          dash: [5, 3],
        },
      ],
    },
  ];
}

/** Load, capacity, weights and failures of a pool over a time that the reader chooses. */
export function Charts({ pool, stamp }: { readonly pool: string; readonly stamp: string }): VNode {
  const { words } = usePage();
  const [span, setSpan] = useKept<Span>('span', '1h', Object.keys(SPANS) as Span[]);
  const minutes = SPANS[span];
  const path = `/api/pools/${encodeURIComponent(pool)}/figures?span=${minutes * 60_000}`;
  const { data } = useLive<FiguresView>(path, 30_000, stamp);
  return (
    <section class="charts" aria-labelledby="charts-title">
      <header class="bar">
        <h2 id="charts-title">{words.charts.title}</h2>
        <div class="choice" role="group" aria-label={words.charts.span}>
          {(Object.keys(SPANS) as Span[]).map((each) => (
            <button
              key={each}
              type="button"
              class="quiet"
              aria-pressed={each === span}
              onClick={() => setSpan(each)}
            >
              {words.charts.spans[each]}
            </button>
          ))}
        </div>
      </header>
      <div class="chart-grid">
        {data === null
          ? [0, 1, 2, 3].map((each) => <div key={each} class="chart empty" />)
          : chartsOf(data, words).map((chart) => (
              <ChartView key={chart.title} chart={chart} at={data.at} />
            ))}
      </div>
    </section>
  );
}

const lastOf = (values: Column): number | null =>
  values.findLast((value) => value !== null) ?? null;

const numberText = (value: number | null): string =>
  value === null ? '–' : String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);

function ChartView({
  chart,
  at,
}: {
  readonly chart: Chart;
  readonly at: readonly number[];
}): VNode {
  const { words } = usePage();
  const [cursor, setCursor] = useState<number | null>(null);
  const shown = (line: Line): number | null =>
    cursor === null ? lastOf(line.values) : (line.values[cursor] ?? null);
  const summary = chart.lines
    .map((line) => `${line.label}: ${numberText(lastOf(line.values))}`)
    .join(', ');
  return (
    <figure class="chart">
      <figcaption>
        <h3>{chart.title}</h3>
        {chart.lines.map((line) => (
          <span key={line.label} class="legend">
            <LegendMark line={line} />
            <b>{numberText(shown(line))}</b> {line.label}
          </span>
        ))}
      </figcaption>
      {at.length === 0 ? (
        <p class="empty">{words.charts.none}</p>
      ) : (
        <div role="img" aria-label={`${chart.title}: ${summary}`}>
          <Plot chart={chart} at={at} onCursor={setCursor} />
        </div>
      )}
    </figure>
  );
}

const LegendMark = ({ line }: { readonly line: Line }): VNode => (
  <svg class="legend-mark" viewBox="0 0 18 8" aria-hidden="true">
    <line
      x1="0"
      y1="4"
      x2="18"
      y2="4"
      class={`stroke${line.colour.slice('--line'.length)}`}
      stroke-width="2"
      stroke-dasharray={(line.dash ?? []).join(' ')}
    />
  </svg>
);

interface PlotProps {
  readonly chart: Chart;
  readonly at: readonly number[];
  readonly onCursor: (index: number | null) => void;
}

/** The drawing itself; made anew when the theme or the number of lines changes, else only given new figures. */
function Plot({ chart, at, onCursor }: PlotProps): VNode {
  const { theme } = usePage();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = dataOf(chart, at);
  const shape = `${theme} ${chart.lines.length}`;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(chart, element, onCursor), data, element);
    plot.current = made;
    const watcher = new ResizeObserver(() =>
      made.setSize({ width: Math.max(160, element.clientWidth), height: HEIGHT }),
    );
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [chart, at]);
  return <div ref={box} class="plot" />;
}

const dataOf = (chart: Chart, at: readonly number[]): uPlot.AlignedData => [
  at.map((each) => each / 1000),
  ...chart.lines.map(({ values }) => [...values]),
];

function optionsOf(
  chart: Chart,
  element: HTMLElement,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width: Math.max(160, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: 'evenkeel' }, y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(chart.atLeast, (max || 0) * 1.08)] } },
    axes: [
      { ...axis, size: 26, space: 70, values: timeLabels },
      { ...axis, size: 40, space: 28 },
    ],
    series: [
      {},
      ...chart.lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.5,
        dash: [...(line.dash ?? [])],
        ...(line.isFilled ? { fill: `${colour(line.colour)}22` } : {}),
        points: { show: false },
        spanGaps: true,
      })),
    ],
    hooks: { setCursor: [(self) => onCursor(self.cursor.idx ?? null)] },
  };
}

const timeLabels = (_: uPlot, splits: number[]): string[] =>
  splits.map((seconds) => {
    const time = new Date(seconds * 1000);
    const pad = (value: number): string => String(value).padStart(2, '0');
    return `${pad(time.getHours())}:${pad(time.getMinutes())}`;
  });
