import { type Dice } from './dice';

type Reply = Readonly<Record<string, unknown>>;
type Point = Record<string, unknown>;

const STALE_MS = 10 * 60_000;

/** `Datapoints` is JSON in a text. */
function withPoints(reply: Reply, change: (point: Point) => Point): Reply {
  const { Datapoints: text } = reply;
  if (typeof text !== 'string' || text === '') return reply;
  const points = JSON.parse(text) as readonly Point[];
  return { ...reply, Datapoints: JSON.stringify(points.map(change)) };
}

/** The newest that CloudMonitor has is ten minutes old. */
export const staleFigures = (reply: Reply): Reply =>
  withPoints(reply, (point) => ({ ...point, timestamp: Number(point['timestamp']) - STALE_MS }));

const STATISTICS = ['Average', 'Maximum', 'Minimum', 'Value', 'Sum'];

/** Each figure is nothing or everything, whatever the others say. */
export const wildFigures = (reply: Reply, dice: Dice): Reply =>
  withPoints(reply, (point) => {
    const figure = dice.pick([0, 100]);
    const wild: Point = {};
    for (const name of STATISTICS) if (name in point) wild[name] = figure;
    return { ...point, ...wild };
  });
