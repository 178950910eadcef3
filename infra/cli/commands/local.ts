import { type Command } from 'commander';
import { type CliContext } from '../cli-context';
import { addLocalFault } from './local-fault';
import { addLocalRegion } from './local-region';
import { addLocalSet } from './local-set';
import { addLocalSites } from './local-sites';
import { addLocalUp } from './local-up';

/** `evenkeel local`: a region on this machine. */
export function addLocal(program: Command, context: CliContext): void {
  const local = program
    .command('local')
    .description('an Alibaba Cloud region on this machine, for trials');
  addLocalUp(local, context);
  addLocalFault(local, context);
  addLocalSet(local, context);
  addLocalSites(local, context);
  addLocalRegion(local, context);
}
