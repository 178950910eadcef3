import { type Action, type Parameters, VendorError } from '../contracts';
import { clampedNumber, listOf, pageByToken, requiredText } from '../request-parameters';
import { secondText } from '../time-text';
import { type Invocation, type InvocationResult } from './cloud-assistant';
import { type EcsModel } from './ecs-model';

const TYPES = ['RunShellScript', 'RunBatScript', 'RunPowerShellScript'];
const CONTENT_BYTES_MAX = 24 * 1024;
const INSTANCES_MAX = 100;

const contentOf = (parameters: Parameters): string => {
  const content = requiredText(parameters, 'CommandContent');
  const isEncoded = parameters['ContentEncoding'] === 'Base64';
  const encodedBytes = isEncoded ? content.length : Buffer.from(content).toString('base64').length;
  if (encodedBytes > CONTENT_BYTES_MAX)
    throw new VendorError(
      403,
      'CmdContent.ExceedLimit',
      'The length of the command content exceeds the limit.',
    );
  return isEncoded ? Buffer.from(content, 'base64').toString() : content;
};

const runCommand = (model: EcsModel, parameters: Parameters): object => {
  const type = requiredText(parameters, 'Type');
  if (!TYPES.includes(type))
    throw new VendorError(
      403,
      'InvalidCmdType.NotFound',
      'The specified command type does not exist.',
    );
  const command = contentOf(parameters);
  const ids = listOf(parameters, 'InstanceId');
  if (ids.length === 0)
    throw new VendorError(
      400,
      'MissingParameter',
      'The input parameter "InstanceId" that is mandatory for processing this request is not supplied.',
    );
  if (ids.length > INSTANCES_MAX)
    throw new VendorError(
      403,
      'InstanceIds.ExceedLimit',
      'The number of instance ids exceeds the limit.',
    );
  const timeoutMs =
    clampedNumber(parameters, 'Timeout', { fallback: 60, min: 10, max: 86_400 }) * 1000;
  const instances = ids.map((id) => model.demand(id, 'InvalidInstance.NotFound'));
  const invocation = model.assistant.run({
    instances,
    name: parameters['Name'] ?? '',
    command,
    type,
    timeoutMs,
  });
  return { CommandId: invocation.commandId, InvokeId: invocation.invokeId };
};

/** How a whole record stands, told from its instances: `Finished` says nothing of the exit code. */
const recordStatus = (result: InvocationResult): string => {
  if (result.status === 'Running') return 'Running';
  return result.exitCode === undefined ? 'Failed' : 'Finished';
};

const encode = (output: string, parameters: Parameters): string =>
  parameters['ContentEncoding'] === 'PlainText' ? output : Buffer.from(output).toString('base64');

const describeResult = (
  invocation: Invocation,
  result: InvocationResult,
  parameters: Parameters,
): object => ({
  InstanceId: result.instanceId,
  InvokeId: invocation.invokeId,
  CommandId: invocation.commandId,
  InvocationStatus: result.status,
  InvokeRecordStatus: recordStatus(result),
  ...(result.exitCode === undefined ? {} : { ExitCode: result.exitCode }),
  Output: encode(result.output, parameters),
  Dropped: result.dropped,
  ErrorCode: result.errorCode,
  ErrorInfo: result.errorInfo,
  StartTime: secondText(result.startedAt),
  StopTime: '',
  FinishedTime: result.finishedAt === undefined ? '' : secondText(result.finishedAt),
  Repeats: 1,
  Username: 'root',
  TerminationMode: 'Process',
});

const invocationsOf = (model: EcsModel, parameters: Parameters): readonly Invocation[] => {
  const invokeId = parameters['InvokeId'];
  const commandId = parameters['CommandId'];
  const known =
    invokeId === undefined
      ? model.assistant.all()
      : [model.assistant.find(invokeId)].filter((found) => found !== undefined);
  return known.filter(
    (invocation) => commandId === undefined || invocation.commandId === commandId,
  );
};

/** `DescribeInvocationResults`: `Output` is Base64 unless `ContentEncoding` says `PlainText`. Unknown ids give an empty list. */
const describeResults = (model: EcsModel, parameters: Parameters): object => {
  const rows = invocationsOf(model, parameters).flatMap((invocation) =>
    invocation.results
      .filter((result) => (parameters['InstanceId'] ?? result.instanceId) === result.instanceId)
      .filter(
        (result) =>
          (parameters['InvokeRecordStatus'] ?? recordStatus(result)) === recordStatus(result),
      )
      .map((result) => describeResult(invocation, result, parameters)),
  );
  const page = pageByToken(
    rows,
    parameters['NextToken'],
    clampedNumber(parameters, 'MaxResults', { fallback: 10, min: 1, max: 50 }),
  );
  return {
    Invocation: {
      InvocationResults: { InvocationResult: page.items },
      NextToken: page.nextToken,
      TotalCount: rows.length,
    },
  };
};

const overallStatus = ({ results }: Invocation): string => {
  if (results.some(({ status }) => status === 'Running')) return 'Running';
  const failures = results.filter(({ status }) => status !== 'Success').length;
  if (failures === 0) return 'Success';
  return failures === results.length ? 'Failed' : 'PartialFailed';
};

const describeInvocation = (invocation: Invocation): object => ({
  InvokeId: invocation.invokeId,
  CommandId: invocation.commandId,
  CommandName: invocation.name,
  CommandType: invocation.type,
  CommandContent: Buffer.from(invocation.command).toString('base64'),
  CreationTime: secondText(invocation.createdAt),
  InvocationStatus: overallStatus(invocation),
  InvokeStatus: overallStatus(invocation) === 'Running' ? 'Running' : 'Finished',
  Timeout: invocation.timeoutMs / 1000,
  RepeatMode: 'Once',
  InvokeInstances: {
    InvokeInstance: invocation.results.map(({ instanceId, status }) => ({
      InstanceId: instanceId,
      InvocationStatus: status,
    })),
  },
});

const describeInvocations = (model: EcsModel, parameters: Parameters): object => {
  const page = pageByToken(
    invocationsOf(model, parameters),
    parameters['NextToken'],
    clampedNumber(parameters, 'MaxResults', { fallback: 10, min: 1, max: 50 }),
  );
  return {
    NextToken: page.nextToken,
    Invocations: { Invocation: page.items.map(describeInvocation) },
  };
};

/** `DescribeCloudAssistantStatus`: the status is the text `true` or `false`. */
const describeAssistant = (model: EcsModel, parameters: Parameters): object => {
  const ids = listOf(parameters, 'InstanceId');
  const rows = model
    .visible()
    .filter(({ instanceId }) => ids.length === 0 || ids.includes(instanceId))
    .map((instance) => ({
      InstanceId: instance.instanceId,
      CloudAssistantStatus: String(instance.isGuestUp && instance.hasCloudAssistant),
      CloudAssistantVersion: instance.hasCloudAssistant ? '2.2.3.612' : '',
      LastHeartbeatTime:
        instance.isGuestUp && instance.hasCloudAssistant
          ? secondText(model.options.clock.now())
          : '',
      OSType: 'Linux',
    }));
  const page = pageByToken(
    rows,
    parameters['NextToken'],
    clampedNumber(parameters, 'MaxResults', { fallback: 10, min: 1, max: 50 }),
  );
  return {
    TotalCount: rows.length,
    NextToken: page.nextToken,
    InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: page.items },
  };
};

export const commandActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  RunCommand: (parameters) =>
    model.clientTokens.once('RunCommand', parameters, () => runCommand(model, parameters)),
  DescribeInvocationResults: (parameters) => describeResults(model, parameters),
  DescribeInvocations: (parameters) => describeInvocations(model, parameters),
  DescribeCloudAssistantStatus: (parameters) => describeAssistant(model, parameters),
});
