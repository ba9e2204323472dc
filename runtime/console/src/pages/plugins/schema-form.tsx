import '@mantine/dates/styles.css';
import { Button } from '@mantine/core';
import { Form } from '@rjsf/mantine';
import type { UiSchema } from '@rjsf/utils';
import type { JsonObject } from '../../../../contract/plugins.ts';
import { isRecord } from '../../api/api-error.ts';
import { schemaValidator } from './schema-validator.ts';

interface SchemaFormProps {
  /** As the plugin gave it. */
  readonly schema: JsonObject;
  readonly value: JsonObject;
  readonly onChange: (value: JsonObject) => void;
  readonly onSubmit: (value: JsonObject) => void;
  readonly isBusy: boolean;
  readonly action: string;
}

const look: UiSchema = { 'ui:submitButtonOptions': { norender: true } };

/** A form made of a JSON Schema. Loaded when it is first needed. */
export function SchemaForm({ schema, value, onChange, onSubmit, isBusy, action }: SchemaFormProps) {
  // The name of the tool is above the form already.
  const { title: _title, description: _description, ...shown } = schema;
  return (
    <Form
      className="schema-form"
      schema={shown}
      uiSchema={look}
      formData={value}
      validator={schemaValidator}
      showErrorList={false}
      noHtml5Validate
      focusOnFirstError
      // Shown beside the fields; without this the form writes it to the browser's console as an error.
      onError={() => undefined}
      onChange={({ formData }) => onChange(isRecord(formData) ? formData : {})}
      onSubmit={({ formData }) => onSubmit(isRecord(formData) ? formData : {})}
    >
      <Button type="submit" loading={isBusy} mt="sm">
        {action}
      </Button>
    </Form>
  );
}
