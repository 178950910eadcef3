import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Reads `+ PID` and `- PID` lines and keeps the set; when its input ends, it kills what is in it. Signals of the terminal, which
 * reach the whole group, are not for it.
 */
const GUARD = `trap '' INT TERM HUP
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done 2>/dev/null`;

const guarded = new Set<number>();
let guard: ChildProcess | null = null;

/**
 * From now on the process does not outlive this one, even if this one is killed outright: a frozen child (SIGSTOP) cannot notice by
 * itself that its parent has gone. A small shell does it, which runs while something is guarded. Returns a function to call once the
 * process has ended.
 */
export function guardFromOrphaning(pid: number): () => void {
  guarded.add(pid);
  guard ??= startGuard();
  guard.stdin?.write(`+ ${pid}\n`);
  return () => {
    if (!guarded.delete(pid)) return;
    guard?.stdin?.write(`- ${pid}\n`);
    if (guarded.size > 0) return;
    guard?.stdin?.end();
    guard = null;
  };
}

function startGuard(): ChildProcess {
  const started = spawn('sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'] });
  // Without a shell only an outright kill leaves children behind; they end when they are thawed.
  started.on('error', () => undefined);
  started.stdin.on('error', () => undefined);
  started.unref();
  return started;
}
