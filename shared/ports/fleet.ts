import { type OwnedInstance } from '../domain/capacity';
import { type RefusalKind } from '../domain/scale-memory';
import { type LaunchOption } from '../domain/scale-policy';
import { type CallOptions } from './load-balancer';

/** An instance as the list by tag shows it. */
export type ListedInstance = Pick<OwnedInstance, 'instanceId' | 'facts'>;

export interface LaunchRequest {
  /** Stored before the call: a repeat with the same token starts nothing new. At most 64 ASCII characters. */
  readonly clientToken: string;
  readonly templateId: string;
  /** Null: the template's default version. */
  readonly templateVersion: number | null;
  readonly option: LaunchOption;
  /** At most this many, from 1 to 100; fewer come when there are fewer to be had. */
  readonly count: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Why nothing was launched. Its class decides what comes next; the code is for people. */
export interface LaunchRefusal {
  /** `lost`: nobody knows whether it took effect; the same token tells, or the list by tag. */
  readonly kind: RefusalKind;
  readonly code: string;
  readonly message: string;
  readonly requestId: string | null;
}

export type LaunchAnswer =
  | {
      readonly kind: 'launched';
      /** Each id once. They exist before the machines do, and one whose creation fails later vanishes. */
      readonly instanceIds: readonly string[];
      /** What the answer says that cannot be: an id given twice, more ids than asked for. */
      readonly contradiction: string | null;
    }
  | { readonly kind: 'refused'; readonly refusal: LaunchRefusal };

/**
 * Why one instance was not started, stopped or deleted. Besides what keeps a launch from succeeding:
 *
 * - `gone`: ECS does not know it
 * - `wrong-status`: its status does not allow it, perhaps because it is on its way already; look again
 * - `in-use`: a load balancer or route still holds it
 * - `protected`: against deletion, or locked by the cloud
 * - `unsupported`: not for instances of this kind, such as stopping spot economically
 */
export type InstanceRefusalKind =
  RefusalKind | 'gone' | 'wrong-status' | 'in-use' | 'protected' | 'unsupported';

export interface InstanceRefusal extends Omit<LaunchRefusal, 'kind'> {
  readonly kind: InstanceRefusalKind;
}

export type InstanceAnswer =
  | { readonly instanceId: string; readonly kind: 'accepted' | 'already-so' }
  | { readonly instanceId: string; readonly kind: 'refused'; readonly refusal: InstanceRefusal };

/** One version of a launch template, as far as a policy can contradict it. Empty text: the template leaves it open. */
export interface TemplateFacts {
  readonly templateId: string;
  readonly version: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly zoneId: string;
  readonly vSwitchId: string;
  readonly securityGroupIds: readonly string[];
  /** Network settings stand in its primary interface: an option must not name a vSwitch besides. */
  readonly hasPrimaryInterface: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * ECS as a source of instances. Reads throw `CloudError` rather than give a part. Writes answer with data what the cloud
 * answers: a refusal is not an exception, because each class of refusal has an answer of its own.
 */
export interface Fleet {
  /**
   * Every instance that carries the tag, whatever its status; the whole list or a `CloudError`. An id that the cloud lists
   * twice is there twice.
   */
  describeOwned(
    tagKey: string,
    tagValue: string,
    options: CallOptions,
  ): Promise<readonly ListedInstance[]>;
  /** Those of the ids whose creation was accepted and then failed: they are in no list any more. */
  describeFailedLaunches(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<readonly string[]>;
  /** At least one instance and up to `count`, of one option, tagged as they come into being. */
  launch(request: LaunchRequest, options: CallOptions): Promise<LaunchAnswer>;
  /** Answers in the order of the ids, each id once. */
  start(instanceIds: readonly string[], options: CallOptions): Promise<readonly InstanceAnswer[]>;
  /** Shuts down in order and gives the machine back: not billed for computing. Starting again may find no stock. */
  stopEconomically(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<readonly InstanceAnswer[]>;
  /**
   * Deletes for good, running or stopped; they must have left their load balancers. Without `force` a running guest shuts
   * down in order first, which takes minutes; with it the power is cut, for guests that do not answer.
   */
  remove(
    instanceIds: readonly string[],
    settings: { readonly force: boolean },
    options: CallOptions,
  ): Promise<readonly InstanceAnswer[]>;
  /** Market price by option name, thousandths an hour; options that are not spot, or have no price, are absent. */
  spotPrices(
    launchOptions: readonly LaunchOption[],
    options: CallOptions,
  ): Promise<Readonly<Record<string, number>>>;
  /** Null when there is no such template or version. Version null: the default one. */
  describeTemplate(
    templateId: string,
    version: number | null,
    options: CallOptions,
  ): Promise<TemplateFacts | null>;
}
