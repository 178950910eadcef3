import { type FC, type FcAnswer } from '@alicloud/fc2';
import { CloudError } from '../../domain/cloud-error';
import { invocationFailure } from './invocation-failure';
import { serviceClient, type ServiceClientOptions } from './service-client';

/** Settings of a service, a function or a trigger, under the API's own names. */
export type ServiceSettings = Readonly<Record<string, unknown>>;

/** Without one, settings of on-demand instances and of asynchronous calls hold for the newest code. */
const QUALIFIER = 'LATEST';

/**
 * Creates, changes and deletes services, functions and triggers of FC 2.0 (API 2016-08-15) with the vendor's client. Looks give null for what
 * there is not. Everything throws `CloudError`; nothing is tried again: whoever applies a plan begins anew.
 */
export class ServiceManagement {
  private readonly options: ServiceClientOptions;

  constructor(options: ServiceClientOptions) {
    this.options = options;
  }

  service(service: string): Promise<ServiceSettings | null> {
    return this.look('GetService', (client) => client.getService(service));
  }

  async createService(service: string, settings: ServiceSettings): Promise<void> {
    await this.send('CreateService', (client) => client.createService(service, { ...settings }));
  }

  async updateService(service: string, settings: ServiceSettings): Promise<void> {
    await this.send('UpdateService', (client) => client.updateService(service, { ...settings }));
  }

  function(service: string, name: string): Promise<ServiceSettings | null> {
    return this.look('GetFunction', (client) => client.getFunction(service, name));
  }

  async createFunction(service: string, settings: ServiceSettings): Promise<void> {
    await this.send('CreateFunction', (client) => client.createFunction(service, { ...settings }));
  }

  async updateFunction(service: string, name: string, settings: ServiceSettings): Promise<void> {
    await this.send('UpdateFunction', (client) =>
      client.updateFunction(service, name, { ...settings }),
    );
  }

  trigger(service: string, name: string, trigger: string): Promise<ServiceSettings | null> {
    return this.look('GetTrigger', (client) => client.getTrigger(service, name, trigger));
  }

  async createTrigger(service: string, name: string, settings: ServiceSettings): Promise<void> {
    await this.send('CreateTrigger', (client) =>
      client.createTrigger(service, name, { ...settings }),
    );
  }

  async updateTrigger(
    service: string,
    name: string,
    trigger: string,
    settings: ServiceSettings,
  ): Promise<void> {
    await this.send('UpdateTrigger', (client) =>
      client.updateTrigger(service, name, trigger, { ...settings }),
    );
  }

  asyncConfig(service: string, name: string): Promise<ServiceSettings | null> {
    return this.look('GetAsyncInvokeConfig', (client) =>
      client.getFunctionAsyncConfig(service, name, QUALIFIER),
    );
  }

  async putAsyncConfig(service: string, name: string, settings: ServiceSettings): Promise<void> {
    await this.send('PutAsyncInvokeConfig', (client) =>
      client.putFunctionAsyncConfig(service, name, QUALIFIER, { ...settings }),
    );
  }

  onDemandConfig(service: string, name: string): Promise<ServiceSettings | null> {
    return this.look('GetOnDemandConfig', (client) =>
      client.getOnDemandConfig(service, name, QUALIFIER),
    );
  }

  async putOnDemandConfig(service: string, name: string, settings: ServiceSettings): Promise<void> {
    await this.send('PutOnDemandConfig', (client) =>
      client.putOnDemandConfig(service, name, QUALIFIER, { ...settings }),
    );
  }

  async deleteTrigger(service: string, name: string, trigger: string): Promise<void> {
    await this.send('DeleteTrigger', (client) => client.deleteTrigger(service, name, trigger));
  }

  async deleteFunction(service: string, name: string): Promise<void> {
    await this.send('DeleteFunction', (client) => client.deleteFunction(service, name));
  }

  /** The platform refuses while there are functions in it. */
  async deleteService(service: string): Promise<void> {
    await this.send('DeleteService', (client) => client.deleteService(service));
  }

  private async look(
    action: string,
    call: (client: FC) => Promise<FcAnswer>,
  ): Promise<ServiceSettings | null> {
    try {
      return (await this.send(action, call)).data as ServiceSettings;
    } catch (error) {
      if (error instanceof CloudError && error.details.status === 404) return null;
      throw error;
    }
  }

  private async send(action: string, call: (client: FC) => Promise<FcAnswer>): Promise<FcAnswer> {
    try {
      return await call(await serviceClient(this.options));
    } catch (error) {
      throw invocationFailure(error, action);
    }
  }
}
