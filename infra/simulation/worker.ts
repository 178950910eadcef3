import { type SeedOrder } from './farm';
import { simulate } from './simulate';

/** One process of a farm of seeds: does what it is told, one seed after the other, and ends with the one who tells it. */
let isStopped = false;

process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group: whoever sent us says what becomes of us
process.on('disconnect', () => process.exit());
process.on('message', (order: SeedOrder | 'stop') => {
  if (order === 'stop') {
    isStopped = true;
    return;
  }
  simulate({ ...order, isStopped: () => isStopped }).then(
    (result) => process.send?.({ result }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? '') : String(error) }),
  );
});
