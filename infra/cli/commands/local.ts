import { type Command } from 'commander';
import { type CliContext } from '../cli-context';
import { addLocalFault } from './local-fault';
import { addLocalSet } from './local-set';
import { addLocalUp } from './local-up';

/** `evenkeel local`: a region on this machine. */
export function addLocal(program: Command, context: CliContext): void {
  const local = program
    .command('local')
    .description('an Alibaba Cloud region on this machine, for trials');
  addLocalUp(local, context);
  addLocalFault(local, context);
  addLocalSet(local, context);
}
