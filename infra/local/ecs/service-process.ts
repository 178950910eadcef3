import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type InstanceFaults } from '../contracts';
import {
  type FromInstanceProcess,
  type InstanceProcessArgument,
  type ToInstanceProcess,
} from './instance-messages';
import { type ServiceUsage } from './instance-service';

/** A process that does not listen, or does not answer its parent, within this time is taken for lost. */
const PATIENCE_MS = 10_000;

export interface ProcessUsage extends ServiceUsage {
  readonly memoryBytes: number;
}

/** The parent's end of one `instance-process`. */
export class ServiceProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (message: FromInstanceProcess | undefined) => void>();
  private nextId = 1;
  private isStopping = false;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (message) => this.receive(message as FromInstanceProcess));
    child.on('exit', () => this.releaseWaiting());
  }

  /** Resolves when the service listens; rejects when it cannot. `onExit` is called when it ends without having been stopped. */
  static async start(
    script: string,
    argument: InstanceProcessArgument,
    onExit: () => void,
  ): Promise<ServiceProcess> {
    const child = fork(script, [JSON.stringify(argument)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const process = new ServiceProcess(child);
    await process.untilListening(argument.place.instanceId);
    child.on('exit', () => {
      if (!process.isStopping) onExit();
    });
    if (!process.isRunning) onExit();
    return process;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** As pulling the plug: connections are reset. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.isStopping = true;
    if (!this.isRunning) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  /** Ends the process as if something else had; `onExit` is called. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Resolves when the faults are in effect, or the process has crashed of them. */
  async applyFaults(faults: InstanceFaults): Promise<void> {
    await this.ask({ kind: 'faults', faults, id: this.nextId++ });
    if (faults.isCrashed && this.isRunning) await this.stop();
  }

  /** Undefined when the process is gone. */
  async usage(): Promise<ProcessUsage | undefined> {
    const reply = await this.ask({ kind: 'usage', id: this.nextId++ });
    return reply?.kind === 'usage' ? { ...reply.usage, memoryBytes: reply.memoryBytes } : undefined;
  }

  private async untilListening(instanceId: string): Promise<void> {
    const reason = await new Promise<string | undefined>((resolve) => {
      const settle = (outcome: string | undefined): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const timer = setTimeout(() => resolve('it does not listen in time'), PATIENCE_MS);
      this.child.once('exit', (code) => settle(`it ended with ${code ?? 'a signal'}`));
      this.child.once('error', (error) => settle(error.message));
      this.child.once('message', (message: FromInstanceProcess) =>
        settle(message.kind === 'failed' ? message.code : undefined),
      );
    });
    if (reason === undefined) return;
    await this.stop();
    throw new Error(`The service of ${instanceId} did not start: ${reason}.`);
  }

  private async ask(message: ToInstanceProcess): Promise<FromInstanceProcess | undefined> {
    if (!this.isRunning || !this.child.connected) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(message.id, undefined), PATIENCE_MS);
      this.waiting.set(message.id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.child.send(message, (error) => {
        if (error !== null) this.settle(message.id, undefined);
      });
    });
  }

  private receive(message: FromInstanceProcess): void {
    if ('id' in message) this.settle(message.id, message);
  }

  private settle(id: number, reply: FromInstanceProcess | undefined): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.(reply);
  }

  private releaseWaiting(): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, undefined);
  }
}
