import { runSeed, type SeedOrder } from './farm';

/** One process of a farm of seeds: does what it is told, one seed after the other, and ends with the one who tells it. */
let isStopped = false;

process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group: whoever sent us says what becomes of us
process.on('disconnect', () => process.exit());
process.on('message', (order: SeedOrder | 'stop') => {
  if (order === 'stop') {
    isStopped = true;
    return;
  }
  runSeed(order, () => isStopped).then(
    (run) => process.send?.({ run }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? '') : String(error) }),
  );
});
