import { applyDecorators, Catch, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { KAFKA_BATCH_TRANSPORT } from './kafka-batch.server.js';

/** Nest's default filter replaces the cause by `{ status, message }`; the transport needs the error itself. */
@Catch()
class PropagateErrors implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/** Handles batches of one topic: `handle(messages: KafkaMessage[], context: KafkaBatchContext): Promise<void>`. */
export function OnKafkaBatch(topic: string): MethodDecorator {
  return applyDecorators(
    EventPattern<unknown>(topic, KAFKA_BATCH_TRANSPORT),
    UseFilters(new PropagateErrors()),
  );
}
