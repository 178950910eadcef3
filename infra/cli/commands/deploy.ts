import { type Command } from 'commander';
import { type CliContext } from '../cli-context';
import { addDeployCheck } from './deploy-check';
import { addDeployService } from './deploy-service';

/** `evenkeel deploy …`: what comes before and instead of `s deploy`. */
export function addDeploy(program: Command, context: CliContext): void {
  const deploy = program
    .command('deploy')
    .description('check what would be deployed, and deploy to FC 2.0');
  addDeployCheck(deploy, context);
  addDeployService(deploy, context);
}
