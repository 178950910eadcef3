import { runBench } from './run-bench';

void runBench(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
