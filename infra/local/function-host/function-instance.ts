import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { builtScript } from '../repository';
import {
  type InstanceMessage,
  type InstanceRequest,
  type InstanceSettings,
  SETTINGS_VARIABLE,
} from './bootstrap-messages';
import { type FunctionCredentials, type FunctionDefinition } from './function-definition';
import { guardFromOrphaning } from './orphan-guard';

export interface InstanceIdentity {
  readonly region: string;
  readonly accountId: string;
}

/** What one request to an instance came to. An instance that `died` takes no further request. */
export type InstanceAnswer =
  | { readonly kind: 'done'; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly isHandled: boolean; readonly body: Buffer }
  | { readonly kind: 'died'; readonly body: Buffer };

interface Pending {
  readonly requestId: string;
  settle(answer: InstanceAnswer): void;
}

/** Time for the bundle's process to come up, on a busy machine. */
const START_TIMEOUT_MS = 30_000;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');

/** One function instance: a real process that is frozen (SIGSTOP) between requests and thawed (SIGCONT) for the next. */
export class FunctionInstance {
  readonly instanceId = `c-${randomUUID()}`;
  readonly definition: FunctionDefinition;
  readonly exited: Promise<void>;
  isInitialized = false;
  private readonly child: ChildProcess;
  private readonly ready: Promise<void>;
  private readonly release: () => void;
  private markReady: () => void = () => undefined;
  private pending: Pending | null = null;
  private lines: string[] = [];
  private isGone = false;
  private isDoomed = false;

  constructor(
    definition: FunctionDefinition,
    identity: InstanceIdentity,
    credentials: FunctionCredentials,
  ) {
    this.definition = definition;
    this.child = fork(builtScript('local/function-bootstrap.js'), [], {
      cwd: definition.codeDirectory,
      env: environmentOf(definition, identity, credentials, this.instanceId),
      execArgv: [`--max-old-space-size=${definition.memoryMegabytes}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const { pid } = this.child;
    this.release = pid === undefined ? () => undefined : guardFromOrphaning(pid);
    this.ready = new Promise((resolve) => (this.markReady = resolve));
    this.exited = new Promise((resolve) => {
      const end = () => {
        this.onExit();
        resolve();
      };
      this.child.once('exit', end);
      this.child.once('error', end); // it could not even be started
    });
    this.child.on('message', (message) => this.onMessage(message as InstanceMessage));
    this.child.stderr?.on('data', (chunk: Buffer) =>
      this.lines.push(chunk.toString('utf8').trimEnd()),
    );
  }

  get isAlive(): boolean {
    return !this.isGone && !this.isDoomed;
  }

  get processId(): number | undefined {
    return this.child.pid;
  }

  /** Sends one request and waits for its answer; kills the process when it takes longer than `timeoutMs`. */
  async request(request: InstanceRequest, timeoutMs: number): Promise<InstanceAnswer> {
    const isUp = await withTimeout(this.ready, START_TIMEOUT_MS);
    if (!isUp) this.kill();
    if (!this.isAlive) return this.death(request.requestId);
    this.thaw();
    const answer = await this.send(request, timeoutMs);
    if (this.isDoomed || this.isGone) await this.exited;
    else this.freeze();
    return answer;
  }

  /** The log lines since the last call. */
  takeLines(): readonly string[] {
    const lines = this.lines;
    this.lines = [];
    return lines;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Ends the process at once, frozen or not. */
  kill(): void {
    this.isDoomed = true;
    if (!this.isGone) this.child.kill('SIGKILL');
  }

  private async send(request: InstanceRequest, timeoutMs: number): Promise<InstanceAnswer> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.settle({ kind: 'died', body: timedOut(timeoutMs) });
        this.kill();
      }, timeoutMs);
      const settle = (answer: InstanceAnswer) => {
        clearTimeout(timer);
        this.pending = null;
        resolve(answer);
      };
      this.pending = { requestId: request.requestId, settle };
      this.child.send(request, (error) => {
        if (error !== null) this.settle(this.death(request.requestId));
      });
    });
  }

  private settle(answer: InstanceAnswer): void {
    this.pending?.settle(answer);
  }

  private onMessage(message: InstanceMessage): void {
    if (message.kind === 'ready') {
      this.markReady();
      return;
    }
    if (message.kind === 'log') return void this.lines.push(message.line);
    if (message.requestId !== this.pending?.requestId) return; // a late second answer: the first one won
    this.settle(
      message.kind === 'done'
        ? { kind: 'done', body: Buffer.from(message.body) }
        : { kind: 'failed', isHandled: message.isHandled, body: json(message.fault) },
    );
  }

  private onExit(): void {
    this.isGone = true;
    this.release();
    this.markReady();
    if (this.pending !== null) this.settle(this.death(this.pending.requestId));
  }

  private death(requestId: string): InstanceAnswer {
    const errorMessage = `Process exited unexpectedly before completing request (${requestId}).`;
    return {
      kind: 'died',
      body: json({ errorMessage, errorType: 'FunctionExited', stackTrace: [] }),
    };
  }
}

const timedOut = (timeoutMs: number): Buffer =>
  json({
    errorMessage: `Function timed out after ${Math.round(timeoutMs / 1000)} seconds.`,
    errorType: 'FunctionTimeout',
    stackTrace: [],
  });

/** True when `promise` resolved within the time. */
async function withTimeout(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>(
    (resolve) => (timer = setTimeout(() => resolve(false), timeoutMs)),
  );
  const isInTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return isInTime;
}

function environmentOf(
  definition: FunctionDefinition,
  identity: InstanceIdentity,
  credentials: FunctionCredentials,
  instanceId: string,
): NodeJS.ProcessEnv {
  const settings: InstanceSettings = {
    handler: definition.handler,
    initializer: definition.initializer?.handler ?? null,
    preStop: definition.preStop?.handler ?? null,
    functionName: definition.functionName,
    memoryMegabytes: definition.memoryMegabytes,
    timeoutSeconds: definition.timeoutMs / 1000,
    ...identity,
  };
  return {
    PATH: process.env['PATH'],
    TZ: 'UTC',
    ...definition.environmentVariables,
    FC_FUNC_CODE_PATH: definition.codeDirectory,
    FC_FUNCTION_NAME: definition.functionName,
    FC_FUNCTION_HANDLER: definition.handler,
    FC_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    FC_REGION: identity.region,
    FC_ACCOUNT_ID: identity.accountId,
    FC_INSTANCE_ID: instanceId,
    FC_VER_ID: 'LATEST',
    ALIBABA_CLOUD_ACCESS_KEY_ID: credentials.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: credentials.accessKeySecret,
    ALIBABA_CLOUD_SECURITY_TOKEN: credentials.securityToken,
    [SETTINGS_VARIABLE]: JSON.stringify(settings),
  };
}
