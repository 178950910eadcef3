import { type LocalClock, VendorError } from '../contracts';
import { randomId } from '../seeded-random';
import { type CommandResult, TIMED_OUT } from './guest-shell';
import { type LocalInstance } from './local-instance';

type InvocationStatus = 'Running' | 'Success' | 'Failed' | 'Timeout';

/** One command on one instance. */
export interface InvocationResult {
  readonly instanceId: string;
  status: InvocationStatus;
  readonly startedAt: number;
  finishedAt: number | undefined;
  exitCode: number | undefined;
  output: string;
  /** Bytes of output beyond what is kept. */
  dropped: number;
  errorCode: string;
  errorInfo: string;
}

export interface Invocation {
  readonly invokeId: string;
  readonly commandId: string;
  readonly name: string;
  readonly command: string;
  readonly type: string;
  readonly timeoutMs: number;
  readonly createdAt: number;
  readonly results: readonly InvocationResult[];
}

export interface CommandRequest {
  readonly instances: readonly LocalInstance[];
  readonly name: string;
  readonly command: string;
  readonly type: string;
  readonly timeoutMs: number;
}

const INVOCATIONS_KEPT = 10_000;
const OUTPUT_BYTES_KEPT = 24 * 1024;

export interface CloudAssistantSettings {
  readonly clock: LocalClock;
  readonly random: () => number;
  readonly execute: (
    instance: LocalInstance,
    command: string,
    timeoutMs: number,
  ) => Promise<CommandResult>;
}

/** Runs commands in guests and remembers what came of them. */
export class CloudAssistant {
  private readonly settings: CloudAssistantSettings;
  private readonly invocations = new Map<string, Invocation>();

  constructor(settings: CloudAssistantSettings) {
    this.settings = settings;
  }

  /** Starts the command on every instance; nothing is started when one of them is not eligible. */
  run(request: CommandRequest): Invocation {
    for (const instance of request.instances) refuseIneligible(instance);
    const { clock, random } = this.settings;
    const { instances, ...command } = request;
    const results = instances.map((instance) => newResult(instance.instanceId, clock.now()));
    const invocation = {
      ...command,
      invokeId: randomId(random, 't-bp1'),
      commandId: randomId(random, 'c-bp1'),
      createdAt: clock.now(),
      results,
    };
    this.remember(invocation);
    instances.forEach((instance, index) => {
      const result = results[index];
      if (result !== undefined) this.execute(instance, invocation, result);
    });
    return invocation;
  }

  find(invokeId: string): Invocation | undefined {
    return this.invocations.get(invokeId);
  }

  /** Newest first. */
  all(): readonly Invocation[] {
    return [...this.invocations.values()].reverse();
  }

  /** Commands of an instance that goes down are lost with it. */
  interrupt(instanceId: string): void {
    for (const { results } of this.invocations.values()) {
      for (const result of results) {
        if (result.instanceId !== instanceId || result.status !== 'Running') continue;
        this.finish(result, {
          status: 'Failed',
          errorCode: 'ExecutionInterrupted',
          errorInfo:
            'The command execution was interrupted because the instance was stopped or restarted.',
        });
      }
    }
  }

  private execute(instance: LocalInstance, invocation: Invocation, result: InvocationResult): void {
    const cancel = this.settings.clock.after(invocation.timeoutMs, () =>
      this.finish(result, RAN_OUT_OF_TIME),
    );
    this.settings
      .execute(instance, invocation.command, invocation.timeoutMs)
      .then((outcome) => this.finish(result, endOf(outcome)))
      .catch((error: unknown) =>
        this.finish(result, {
          status: 'Failed',
          errorCode: 'ExecutionException',
          errorInfo: String(error),
        }),
      )
      .finally(cancel);
  }

  private finish(result: InvocationResult, end: Partial<InvocationResult>): void {
    if (result.status === 'Running')
      Object.assign(result, end, { finishedAt: this.settings.clock.now() });
  }

  private remember(invocation: Invocation): void {
    this.invocations.set(invocation.invokeId, invocation);
    const [oldest] = this.invocations.keys();
    if (this.invocations.size > INVOCATIONS_KEPT && oldest !== undefined)
      this.invocations.delete(oldest);
  }
}

const RAN_OUT_OF_TIME: Partial<InvocationResult> = {
  status: 'Timeout',
  errorCode: 'ExecutionTimeout',
  errorInfo: 'The command execution timed out.',
};

const keptOutput = (output: string): Pick<InvocationResult, 'output' | 'dropped'> => {
  const bytes = Buffer.from(output);
  const dropped = Math.max(0, bytes.length - OUTPUT_BYTES_KEPT);
  return { output: bytes.subarray(0, OUTPUT_BYTES_KEPT).toString(), dropped };
};

const endOf = ({ exitCode, output }: CommandResult): Partial<InvocationResult> => {
  if (exitCode === TIMED_OUT) return RAN_OUT_OF_TIME;
  const end = { exitCode, ...keptOutput(output) };
  if (exitCode === 0) return { ...end, status: 'Success' };
  const errorInfo = `The exit code of the command is ${exitCode}.`;
  return { ...end, status: 'Failed', errorCode: 'ExitCodeNonzero', errorInfo };
};

const newResult = (instanceId: string, now: number): InvocationResult => ({
  instanceId,
  status: 'Running',
  startedAt: now,
  finishedAt: undefined,
  exitCode: undefined,
  output: '',
  dropped: 0,
  errorCode: '',
  errorInfo: '',
});

const refuseIneligible = (instance: LocalInstance): void => {
  if (instance.status === 'Running' && instance.isGuestUp && instance.hasCloudAssistant) return;
  throw new VendorError(
    403,
    'InvalidInstance.NotMatch',
    `The instance ${instance.instanceId} does not meet the conditions for running commands: it must be Running with its Cloud Assistant client online.`,
  );
};
