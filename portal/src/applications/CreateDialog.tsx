/** Creates an application, or a copy of one, and shows its secrets on its page. */
import { useQuery } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { useNavigate } from "react-router";
import { call } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { TextArea, TextField } from "../ui/Field.tsx";
import { words } from "../words.ts";
import { AsCode } from "./AsCode.tsx";
import { quote, toCommand, toCurl, toList, toOption } from "./commands.ts";
import { addIssuedSecrets } from "./issued-secrets.ts";
import { FormError, setServerError } from "./form-errors.tsx";

const { applications } = words;

interface Values {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** The names of the protocols whose products are not wanted. */
  readonly protocols: Readonly<Record<string, boolean>>;
}

export function CreateDialog({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const { data } = useQuery(read("GET /protocols"));
  const session = useQuery(read("GET /session"));
  const protocols = data?.protocols ?? [];
  const form = useForm<Values>({
    defaultValues: { name: "", version: "1.0", description: "", protocols: {} },
  });
  const { errors, isSubmitting } = form.formState;

  const listProducts = (chosen: Values["protocols"]): string[] =>
    protocols
      .filter(({ name }) => chosen[name] !== false)
      .flatMap(({ products }) => products.map((product) => product.name));

  const submit = form.handleSubmit(async ({ protocols: chosen, ...fields }) => {
    try {
      const products = Object.fromEntries(listProducts(chosen).map((product) => [product, {}]));
      const { id, secrets } = await call("POST /applications", { body: { ...fields, products } });
      addIssuedSecrets(id, secrets);
      await refresh("/applications");
      await navigate(paths.application(id));
    } catch (error) {
      setServerError(form, error, (field) => (field in fields ? field : null));
    }
  });

  const getCode = () => {
    const { name, protocols: chosen } = form.getValues();
    const names = listProducts(chosen);
    const isAll = protocols.every((protocol) => chosen[protocol.name] !== false);
    return {
      command: toCommand(
        "create",
        "--name",
        quote(name === "" ? "Shop" : name),
        ...(isAll ? ["--all-products"] : toOption("--product", names)),
        ...toOption("--developer", toList(session.data?.developer?.email)),
      ),
      curl: toCurl("POST", "/applications", {
        name: name === "" ? "Shop" : name,
        ...(isAll ? {} : { products: Object.fromEntries(names.map((product) => [product, {}])) }),
      }),
    };
  };

  return (
    <Dialog open onClose={onClose} title={applications.createTitle}>
      <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
        <TextField
          label={applications.name}
          help={applications.nameHelp}
          error={errors.name?.message}
          maxLength={100}
          autoComplete="off"
          {...form.register("name")}
        />
        <TextField
          label={applications.version}
          help={applications.versionHelp}
          error={errors.version?.message}
          maxLength={20}
          autoComplete="off"
          {...form.register("version")}
        />
        <TextArea
          label={applications.description}
          error={errors.description?.message}
          maxLength={1000}
          {...form.register("description")}
        />
        <fieldset className="stack close">
          <legend className="field-label">{applications.protocols}</legend>
          {protocols.map((protocol) => (
            <label key={protocol.name} className="check">
              <input
                type="checkbox"
                defaultChecked
                {...form.register(`protocols.${protocol.name}`, { value: true })}
              />
              {protocol.title}
            </label>
          ))}
          <p className="field-help">{applications.protocolsHelp}</p>
        </fieldset>
        <FormError message={errors.root?.message} />
        <div className="dialog-end">
          <AsCode getCode={getCode} />
          <button type="button" className="button" onClick={onClose}>
            {applications.cancel}
          </button>
          <button type="submit" className="button strong" disabled={isSubmitting || data === undefined}>
            {applications.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function DuplicateDialog({
  id,
  name,
  getCode,
  onClose,
}: {
  readonly id: string;
  readonly name: string;
  readonly getCode: (name: string) => ReturnType<Parameters<typeof AsCode>[0]["getCode"]>;
  readonly onClose: () => void;
}) {
  const navigate = useNavigate();
  const form = useForm({ defaultValues: { name: applications.copyName(name).slice(0, 100) } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      const copy = await call("POST /applications/{id}/duplicate", { params: { id }, body });
      addIssuedSecrets(copy.id, copy.secrets);
      await refresh("/applications");
      onClose();
      await navigate(paths.application(copy.id));
    } catch (error) {
      setServerError(form, error, (field) => (field === "name" ? field : null));
    }
  });
  return (
    <Dialog open onClose={onClose} title={applications.duplicateTitle(name)}>
      <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
        <p>{applications.duplicateLead}</p>
        <TextField
          label={applications.name}
          error={errors.name?.message}
          maxLength={100}
          autoComplete="off"
          {...form.register("name")}
        />
        <FormError message={errors.root?.message} />
        <div className="dialog-end">
          <AsCode getCode={() => getCode(form.getValues("name"))} />
          <button type="button" className="button" onClick={onClose}>
            {applications.cancel}
          </button>
          <button type="submit" className="button strong" disabled={isSubmitting}>
            {applications.duplicate}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
