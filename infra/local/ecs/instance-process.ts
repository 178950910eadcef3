import {
  type FromInstanceProcess,
  type InstanceProcessArgument,
  type ToInstanceProcess,
} from './instance-messages';
import { InstanceService } from './instance-service';

/** Entry of the child process that is one instance's service. It ends when it is told to crash or its parent is gone. */
const send = (message: FromInstanceProcess): void => void process.send?.(message);

const CRASHED = 134;

const receive = (service: InstanceService, message: ToInstanceProcess): void => {
  if (message.kind === 'usage') {
    send({
      kind: 'usage',
      id: message.id,
      usage: service.usage(),
      memoryBytes: process.memoryUsage.rss(),
    });
    return;
  }
  if (message.faults.isCrashed) process.exit(CRASHED);
  service.applyFaults(message.faults);
  send({ kind: 'applied', id: message.id });
};

const main = async (): Promise<void> => {
  const { place, settings, seed, faults } = JSON.parse(
    process.argv[2] ?? '',
  ) as InstanceProcessArgument;
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the parent decides when its instances end.
  process.on('SIGINT', () => undefined);
  const service = new InstanceService(place, settings, seed);
  service.applyFaults(faults);
  process.on('message', (message) => receive(service, message as ToInstanceProcess));
  await service.listen();
  send({ kind: 'listening' });
};

main().catch((error: unknown) => {
  send({ kind: 'failed', code: (error as NodeJS.ErrnoException).code ?? String(error) });
  process.exitCode = 1;
  process.disconnect();
});
