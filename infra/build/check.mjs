// Everything that can be checked without running the product: `npm run check`.
import { spawnSync } from 'node:child_process';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
const steps = ['check:format', 'check:types', 'check:lint', 'check:imports', 'check:unused'];
let failed = 0;
for (const step of steps) {
  const started = performance.now();
  const run = spawnSync('npm', ['run', '--silent', step], { cwd: root, encoding: 'utf8' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const passed = run.status === 0;
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${step} (${seconds} s)`);
  if (!passed) {
    failed += 1;
    console.log(run.stdout + run.stderr);
  }
}
process.exit(failed === 0 ? 0 : 1);
