import { type LocalClock, type Parameters, VendorError } from '../contracts';
import { randomId } from '../seeded-random';

/** A template to be made: launch parameters as RunInstances takes them, flat. Example: `{ InstanceType: 'ecs.c7.large' }`. */
export interface NewLaunchTemplate {
  readonly name: string;
  readonly parameters: Parameters;
  readonly description?: string;
  /** `lt-bp1…` by default. */
  readonly id?: string;
}

export interface LaunchTemplateVersion {
  readonly number: number;
  readonly description: string;
  readonly createdAt: number;
  readonly parameters: Parameters;
}

export interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly versions: LaunchTemplateVersion[];
  defaultVersion: number;
}

/** Launch templates and their versions. Versions count from 1 and never change; the first is the default until another is made so. */
export class LaunchTemplates {
  private readonly clock: LocalClock;
  private readonly random: () => number;
  private readonly templates = new Map<string, LaunchTemplate>();

  constructor(clock: LocalClock, random: () => number) {
    this.clock = clock;
    this.random = random;
  }

  /** Throws 400 `InvalidLaunchTemplateName.Duplicate`. */
  create(wanted: NewLaunchTemplate): LaunchTemplate {
    if (this.all().some(({ name }) => name === wanted.name))
      throw new VendorError(
        400,
        'InvalidLaunchTemplateName.Duplicate',
        `The launch template name ${wanted.name} is taken.`,
      );
    const id = wanted.id ?? randomId(this.random, 'lt-bp1');
    const createdAt = this.clock.now();
    const template = { id, name: wanted.name, createdAt, versions: [], defaultVersion: 1 };
    this.templates.set(id, template);
    this.addVersion(template, wanted.parameters, wanted.description);
    return template;
  }

  addVersion(
    template: LaunchTemplate,
    parameters: Parameters,
    description = '',
  ): LaunchTemplateVersion {
    const number = template.versions.length + 1;
    const version = { number, description, createdAt: this.clock.now(), parameters };
    template.versions.push(version);
    return version;
  }

  all(): readonly LaunchTemplate[] {
    return [...this.templates.values()];
  }

  /** By id, or by name where there is no id. Throws 404 `InvalidLaunchTemplate.NotFound`. */
  find(wanted: {
    readonly id?: string | undefined;
    readonly name?: string | undefined;
  }): LaunchTemplate {
    const found =
      wanted.id === undefined
        ? this.all().find(({ name }) => name === wanted.name)
        : this.templates.get(wanted.id);
    if (found === undefined)
      throw new VendorError(
        404,
        'InvalidLaunchTemplate.NotFound',
        `The launch template ${wanted.id ?? wanted.name ?? ''} does not exist.`,
      );
    return found;
  }

  /** The default version unless a number is given. Throws 404 `InvalidLaunchTemplateVersion.NotFound`. */
  version(
    template: LaunchTemplate,
    number: number = template.defaultVersion,
  ): LaunchTemplateVersion {
    const found = template.versions.find((version) => version.number === number);
    if (found === undefined)
      throw new VendorError(
        404,
        'InvalidLaunchTemplateVersion.NotFound',
        `The launch template ${template.id} has no version ${number}.`,
      );
    return found;
  }
}

const nameOf = (parameter: string): string => parameter.split('.')[0] ?? parameter;
/** Two spellings of one wish: who gives either overrides both. */
const PAIRS: Readonly<Record<string, string>> = {
  SecurityGroupId: 'SecurityGroupIds',
  SecurityGroupIds: 'SecurityGroupId',
};

/**
 * Launch parameters of a call over those of a template: what the call names counts, lists and structures as a whole.
 *
 * Example: `{ 'Tag.1.Key': 'a' }` over `{ 'Tag.1.Key': 'b', 'Tag.2.Key': 'c', ImageId: 'm' }` gives tag a and the image.
 */
export function mergeParameters(template: Parameters, call: Parameters): Parameters {
  const named = new Set(Object.keys(call).map(nameOf));
  for (const name of [...named]) {
    const other = PAIRS[name];
    if (other !== undefined) named.add(other);
  }
  const inherited = Object.entries(template).filter(([name]) => !named.has(nameOf(name)));
  return { ...Object.fromEntries(inherited), ...call };
}
