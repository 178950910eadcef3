/**
 * Exact 95 % upper bound of a Poisson mean after `events` events: the mean at which so few have a chance of 5 %.
 *
 * Example: none → 3.00, one → 4.74.
 */
export function poissonUpperBound(events: number): number {
  let [low, high] = [events, 2 * events + 10];
  for (let step = 0; step < 60; step += 1) {
    const mean = (low + high) / 2;
    if (atMost(events, mean) > 0.05) low = mean;
    else high = mean;
  }
  return high;
}

/** Chance of at most `events` events, in logarithms so that long runs do not underflow. */
function atMost(events: number, mean: number): number {
  let logTerm = -mean;
  let sum = Math.exp(logTerm);
  for (let count = 1; count <= events; count += 1) {
    logTerm += Math.log(mean / count);
    sum += Math.exp(logTerm);
  }
  return sum;
}
