/** Short notices at the edge of the page, after an action. */
import { Toast } from "@base-ui/react/toast";
import { words } from "../words.ts";
import { Icon } from "./Icon.tsx";

const manager = Toast.createToastManager();

/** Shows a sentence for some seconds. `undo` adds a button. */
export function showToast(
  text: string,
  {
    tone = "success",
    undo,
  }: { readonly tone?: "success" | "danger"; readonly undo?: { label: string; run: () => void } } = {},
): void {
  manager.add({
    title: text,
    type: tone,
    ...(undo === undefined ? {} : { actionProps: { children: undo.label, onClick: undo.run } }),
  });
}

export const Toasts = () => (
  <Toast.Provider toastManager={manager} timeout={6000}>
    <Toast.Portal>
      <Toast.Viewport className="toasts">
        <ToastList />
      </Toast.Viewport>
    </Toast.Portal>
  </Toast.Provider>
);

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      <Icon name={toast.type === "danger" ? "warning" : "check"} />
      <Toast.Title className="grow" />
      {toast.actionProps === undefined ? null : <Toast.Action className="button small" />}
      <Toast.Close className="button bare square small" aria-label={words.states.close}>
        <Icon name="cross" />
      </Toast.Close>
    </Toast.Root>
  ));
}
