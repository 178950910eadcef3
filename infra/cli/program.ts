import { Command } from 'commander';
import { type CliContext } from './cli-context';
import { addAgreement } from './commands/agreement';
import { addApprove } from './commands/approve';
import { addConsole } from './commands/console';
import { addDeploy } from './commands/deploy';
import { addDoctor } from './commands/doctor';
import { addDrain, addUndrain } from './commands/drain';
import { addEvacuate } from './commands/evacuate';
import { addExplain } from './commands/explain';
import { addFreeze, addUnfreeze } from './commands/freeze';
import { addHistory } from './commands/history';
import { addInstall, addUninstall } from './commands/install';
import { addInventory } from './commands/inventory';
import { addLocal } from './commands/local';
import { addPermissions } from './commands/permissions';
import { addPlan } from './commands/plan';
import { addPolicy } from './commands/policy';
import { addReconcile } from './commands/reconcile';
import { addProtect, addUnprotect } from './commands/protect';
import { addReplay } from './commands/replay';
import { addRevert } from './commands/revert';
import { addScale } from './commands/scale';
import { addSimulate } from './commands/simulate';
import { addFailback, addFailover, addPractice } from './commands/site-orders';
import { addStatus } from './commands/status';
import { addSchema, addValidate } from './commands/validate';
import { EXIT_CODES } from './exit-codes';
import { version as VERSION } from '../../package.json';

const exitHelp = (): string =>
  [
    '',
    'Exit codes:',
    ...Object.values(EXIT_CODES).map(
      ({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning.replace(/`/g, '')}`,
    ),
  ].join('\n');

/** The whole command line; running it calls `context.finish` once with the exit code. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('evenkeel')
    .description(
      'Keeps pools behind Alibaba Cloud load balancers on an even keel: heals by weights, adds and removes instances, and explains itself.',
    )
    .version(VERSION)
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', exitHelp);
  const all = [
    addValidate,
    addPlan,
    addReconcile,
    addStatus,
    addExplain,
    addHistory,
    addDrain,
    addUndrain,
    addScale,
    addProtect,
    addUnprotect,
    addRevert,
    addFreeze,
    addUnfreeze,
    addEvacuate,
    addFailover,
    addFailback,
    addPractice,
    addApprove,
    addConsole,
    addPolicy,
    addInventory,
    addPermissions,
    addInstall,
    addUninstall,
    addDoctor,
    addAgreement,
    addDeploy,
    addReplay,
    addSimulate,
    addLocal,
    addSchema,
  ];
  for (const add of all) add(program, context);
  return program;
}
