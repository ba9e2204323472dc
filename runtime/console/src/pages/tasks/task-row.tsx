import { Group, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Task } from '../../../../contract/tasks.ts';
import { StatePill } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';
import { TaskActions } from './task-actions.tsx';
import { TaskDetail } from './task-detail.tsx';

/** One task; opened, it tells what happened to it. */
export function TaskRow({ task }: { readonly task: Task }) {
  const [isOpen, setOpen] = useState(false);
  const { what, state, reason, createdAt } = task;
  return (
    <div className="task">
      <div className="task-line">
        <UnstyledButton className="task-what" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <IconChevronRight size={16} className="task-chevron" aria-hidden />
          <span className="task-name">{what}</span>
        </UnstyledButton>
        <Group gap="sm" className="task-state">
          <StatePill state={state} />
          <span className="task-when">
            <Time at={createdAt} />
          </span>
          <TaskActions task={task} />
        </Group>
        {reason !== null && !isOpen && <span className="task-reason">{reason}</span>}
      </div>
      {isOpen && <TaskDetail task={task} />}
    </div>
  );
}
