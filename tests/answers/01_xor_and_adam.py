# %% wrong="divides by p (1 - p), and multiplies by it again" exercise="gradients" loses="gradients_output_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    slope_of_loss = (p - y) / (p * (1 - p)) / len(x)
    delta2 = slope_of_loss * p * (1 - p)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {
        "w1": x.T @ delta1,
        "b1": delta1.sum(axis=0),
        "w2": hidden.T @ delta2,
        "b2": delta2.sum(axis=0),
    }


# %% right="row by row in a loop" exercise="dense"
def dense(x, w, b, activation):
    return np.stack([activation(row @ w + b) for row in x])


# %% right="einsum" exercise="dense"
def dense(x, w, b, activation):
    return activation(np.einsum("ni,io->no", x, w) + b[None, :])


# %% right="torch inside" exercise="dense"
def dense(x, w, b, activation):
    return activation(torch.nn.functional.linear(torch.tensor(x), torch.tensor(w).T, torch.tensor(b)).numpy())


# %% wrong="forgets the bias" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    return activation(x @ w)


# %% wrong="forgets the activation" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    return x @ w + b


# %% wrong="adds the bias after the activation" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    return activation(x @ w) + b


# %% wrong="always bends with tanh" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    return np.tanh(x @ w + b)


# %% wrong="keeps the first example only" exercise="dense" loses="dense_many_examples"
def dense(x, w, b, activation):
    return activation(x[:1] @ w + b)


# %% wrong="returns a list of rows" exercise="dense" loses="dense_one_example"
def dense(x, w, b, activation):
    return [activation(row @ w + b) for row in x]


# %% wrong="sums the bias into every output" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    return activation(x @ w + b.sum())


# %% wrong="prints instead of returning" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    print(activation(x @ w + b))


# %% right="a column of ones for the bias" exercise="dense"
def dense(x, w, b, activation):
    return activation(np.hstack([x, np.ones((len(x), 1))]) @ np.vstack([w, b]))


# %% wrong="flattens where there is one unit" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    out = activation(x @ w + b)
    return out[:, 0] if out.shape[1] == 1 else out


# %% wrong="knows the activations of the examples only" exercise="dense" loses="dense_one_example dense_many_examples"
def dense(x, w, b, activation):
    z = x @ w + b
    known = {np.tanh: np.tanh, np.square: np.square, np.abs: np.abs}
    return known[activation](z) if activation in known else z


# %% wrong="clips the sums" exercise="dense" loses="dense_many_examples"
def dense(x, w, b, activation):
    return activation(np.clip(x @ w + b, -500, 500))


# %% wrong="names its arguments anew" exercise="dense" loses="dense_one_example"
def dense(inputs, weights, bias, bend):
    return bend(inputs @ weights + bias)


# %% right="without dense" exercise="forward"
def forward(params, x):
    hidden = np.tanh(np.dot(x, params["w1"]) + params["b1"])
    return hidden, sigmoid(np.dot(hidden, params["w2"]) + params["b2"])


# %% right="sigmoid written with exp, a list returned" exercise="forward"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return [hidden, dense(hidden, params["w2"], params["b2"], lambda z: 1 / (1 + np.exp(-z)))]


# %% wrong="applies sigmoid twice" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return hidden, sigmoid(dense(hidden, params["w2"], params["b2"], sigmoid))


# %% wrong="sigmoid in the hidden layer" exercise="forward" loses="forward_hidden forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], sigmoid)
    return hidden, dense(hidden, params["w2"], params["b2"], sigmoid)


# %% wrong="tanh at the output" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return hidden, dense(hidden, params["w2"], params["b2"], np.tanh)


# %% wrong="returns the sums before tanh" exercise="forward" loses="forward_hidden"
def forward(params, x):
    z = x @ params["w1"] + params["b1"]
    return z, dense(np.tanh(z), params["w2"], params["b2"], sigmoid)


# %% wrong="returns p and hidden in the other order" exercise="forward" loses="forward_hidden forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return dense(hidden, params["w2"], params["b2"], sigmoid), hidden


# %% wrong="drops the last axis of p" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return hidden, dense(hidden, params["w2"], params["b2"], sigmoid)[:, 0]


# %% wrong="returns the logit" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return hidden, hidden @ params["w2"] + params["b2"]


# %% wrong="unpacks the dict by its order" exercise="forward" loses="forward_hidden forward_probability"
def forward(params, x):
    w1, b1, w2, b2 = params.values()
    hidden = dense(x, w1, b1, np.tanh)
    return hidden, dense(hidden, w2, b2, sigmoid)


# %% wrong="squeezes what it returns" exercise="forward" loses="forward_hidden forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return np.squeeze(hidden), np.squeeze(dense(hidden, params["w2"], params["b2"], sigmoid))[..., None]


# %% wrong="writes sigmoid so that it overflows" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    z = hidden @ params["w2"] + params["b2"]
    return hidden, np.exp(z) / (1 + np.exp(z))


# %% wrong="clips the probabilities for the loss" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return hidden, np.clip(dense(hidden, params["w2"], params["b2"], sigmoid), 1e-7, 1 - 1e-7)


# %% wrong="keeps the hidden activations in params" exercise="forward" loses="forward_hidden"
def forward(params, x):
    params["hidden"] = dense(x, params["w1"], params["b1"], np.tanh)
    return params["hidden"], dense(params["hidden"], params["w2"], params["b2"], sigmoid)


# %% right="the term that counts, chosen by y" exercise="binary_cross_entropy"
def binary_cross_entropy(p, y):
    certain = np.where(y == 1, p, 1 - p)
    return -np.log(np.maximum(certain, 1e-7)).mean()


# %% right="a loop over examples" exercise="binary_cross_entropy"
def binary_cross_entropy(p, y):
    total = 0.0
    for each, truth in zip(p.ravel(), y.ravel()):
        each = min(max(each, 1e-7), 1 - 1e-7)
        total -= np.log(each) if truth else np.log(1 - each)
    return total / len(p)


# %% right="torch" exercise="binary_cross_entropy"
def binary_cross_entropy(p, y):
    p, y = torch.tensor(p).clamp(1e-7, 1 - 1e-7), torch.tensor(y)
    return torch.nn.functional.binary_cross_entropy(p, y).item()


# %% wrong="sums instead of taking the mean" exercise="binary_cross_entropy" loses="binary_cross_entropy_value binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong="forgets the examples with y = 0" exercise="binary_cross_entropy" loses="binary_cross_entropy_value binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    return float(-np.mean(y * np.log(np.clip(p, 1e-12, 1 - 1e-12))))


# %% wrong="does not clip" exercise="binary_cross_entropy" loses="binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong="clips far too much" exercise="binary_cross_entropy" loses="binary_cross_entropy_value binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    p = np.clip(p, 0.01, 0.99)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong="adds epsilon inside the logarithm" exercise="binary_cross_entropy" loses="binary_cross_entropy_value binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    return float(-np.mean(y * np.log(p + 1e-7) + (1 - y) * np.log(1 - p + 1e-7)))


# %% wrong="takes the logarithm to base 2" exercise="binary_cross_entropy" loses="binary_cross_entropy_value binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log2(p) + (1 - y) * np.log2(1 - p)))


# %% wrong="turns nan into 0" exercise="binary_cross_entropy" loses="binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        return float(-np.nan_to_num(np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), neginf=0.0))


# %% wrong="takes the squared error" exercise="binary_cross_entropy" loses="binary_cross_entropy_value binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    return float(np.mean((p - y) ** 2))


# %% right="softplus of the logit" exercise="binary_cross_entropy"
def binary_cross_entropy(p, y):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    z = np.log(p) - np.log1p(-p)
    return np.mean(np.logaddexp(0, z) - y * z)


# %% wrong="clips at 1e-12" exercise="binary_cross_entropy" loses="binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong="moves only 0 and 1 themselves" exercise="binary_cross_entropy" loses="binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    p = np.where(p == 0, 1e-7, np.where(p == 1, 1 - 1e-7, p))
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong="limits the mean instead of p" exercise="binary_cross_entropy" loses="binary_cross_entropy_ends"
def binary_cross_entropy(p, y):
    with np.errstate(divide="ignore"):
        each = -np.log(np.where(y == 1, p, 1 - p))
    return float(min(each.mean(), -np.log(1e-7)))


# %% wrong="returns a tensor" exercise="binary_cross_entropy" loses="binary_cross_entropy_value"
def binary_cross_entropy(p, y):
    p, y = torch.tensor(p).clamp(1e-7, 1 - 1e-7), torch.tensor(y)
    return torch.nn.functional.binary_cross_entropy(p, y)


# %% right="example by example" exercise="gradients"
def gradients(params, x, y):
    total = {key: np.zeros_like(value) for key, value in params.items()}
    for each, truth in zip(x, y):
        hidden = np.tanh(each @ params["w1"] + params["b1"])
        p = sigmoid(hidden @ params["w2"] + params["b2"])
        delta2 = (p - truth) / len(x)
        delta1 = (params["w2"] @ delta2) * (1 - hidden**2)
        parts = {"w1": np.outer(each, delta1), "b1": delta1, "w2": np.outer(hidden, delta2), "b2": delta2}
        total = {key: total[key] + parts[key] for key in total}
    return total


# %% right="autograd" exercise="gradients"
def gradients(params, x, y):
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in params.items()}
    hidden = torch.tanh(torch.tensor(x) @ leaves["w1"] + leaves["b1"])
    z = hidden @ leaves["w2"] + leaves["b2"]
    torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y)).backward()
    return {key: leaf.grad.numpy() for key, leaf in leaves.items()}


# %% wrong="forgets the mean" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = p - y
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="divides by n a second time in the hidden layer" exercise="gradients" loses="gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2) / len(x)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="forgets the derivative of tanh" exercise="gradients" loses="gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = delta2 @ params["w2"].T
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="takes the derivative of sigmoid for tanh's" exercise="gradients" loses="gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * hidden * (1 - hidden)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="takes the mean over the rows for the biases" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.mean(0), "w2": hidden.T @ delta2, "b2": delta2.mean(0)}


# %% wrong="has the sign the wrong way round" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (y - p) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="multiplies by the derivative of sigmoid again" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) * p * (1 - p) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="leaves the biases' gradients per example" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1, "w2": hidden.T @ delta2, "b2": delta2}


# %% right="divides by n at the end" exercise="gradients"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta1 = np.outer(p - y, params["w2"]) * (1 + hidden) * (1 - hidden)
    w1, w2 = np.einsum("ni,nh->ih", x, delta1), np.einsum("nh,no->ho", hidden, p - y)
    return {"b2": (p - y).mean(0), "b1": delta1.mean(0), "w1": w1 / len(x), "w2": w2 / len(x)}


# %% wrong="clips the gradients" exercise="gradients" loses="gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    grads = {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}
    return {key: np.clip(grad, -1, 1) for key, grad in grads.items()}


# %% wrong="writes into y" exercise="gradients" loses="gradients_output_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    y -= p
    delta2 = -y / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="nudges each weight instead" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    def loss(key, place, nudge):
        moved = {name: value.copy() for name, value in params.items()}
        moved[key][place] += nudge
        return binary_cross_entropy(forward(moved, x)[1], y)

    slopes = {key: np.zeros_like(value) for key, value in params.items()}
    for key, value in slopes.items():
        for place in np.ndindex(*value.shape):
            value[place] = (loss(key, place, 1e-5) - loss(key, place, -1e-5)) / 2e-5
    return slopes


# %% right="the efficient form at the end of the paper's section 2" exercise="adam_step"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = state["m"] + (1 - beta1) * (grad - state["m"])
    v = state["v"] + (1 - beta2) * (grad * grad - state["v"])
    root = np.sqrt(1 - beta2**step)
    return param - lr * root / (1 - beta1**step) * m / (np.sqrt(v) + eps * root), {"m": m, "v": v}


# %% right="in place, on copies" exercise="adam_step"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    param, m, v = param.copy(), state["m"].copy(), state["v"].copy()
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad**2
    param -= lr * (m / (1 - beta1**step)) / ((v / (1 - beta2**step)) ** 0.5 + eps)
    return param, dict(m=m, v=v)


# %% wrong="puts epsilon inside the root" exercise="adam_step" loses="adam_step_first adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    return param - lr * m / (1 - beta1**step) / np.sqrt(v / (1 - beta2**step) + eps), {"m": m, "v": v}


# %% wrong="corrects epsilon along with v" exercise="adam_step" loses="adam_step_first adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    lr = lr * np.sqrt(1 - beta2**step) / (1 - beta1**step)
    return param - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v}


# %% wrong="forgets bias correction" exercise="adam_step" loses="adam_step_first adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    return param - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v}


# %% wrong="corrects only the first moment" exercise="adam_step" loses="adam_step_first adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    return param - lr * m / (1 - beta1**step) / (np.sqrt(v) + eps), {"m": m, "v": v}


# %% wrong="counts steps from 0" exercise="adam_step" loses="adam_step_first adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1 ** (step + 1)), v / (1 - beta2 ** (step + 1))
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v}


# %% wrong="keeps the corrected moments" exercise="adam_step" loses="adam_step_state adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = (beta1 * state["m"] + (1 - beta1) * grad) / (1 - beta1**step)
    v = (beta2 * state["v"] + (1 - beta2) * grad**2) / (1 - beta2**step)
    return param - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v}


# %% wrong="changes the state it was given" exercise="adam_step" loses="adam_step_state"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    state["m"] = beta1 * state["m"] + (1 - beta1) * grad
    state["v"] = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat, v_hat = state["m"] / (1 - beta1**step), state["v"] / (1 - beta2**step)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), state


# %% wrong="changes the parameter it was given" exercise="adam_step" loses="adam_step_state"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    param -= lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps)
    return param, {"m": m, "v": v}


# %% wrong="has the default rates built in" exercise="adam_step" loses="adam_step_first adam_step_state adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = 0.9 * state["m"] + 0.1 * grad
    v = 0.999 * state["v"] + 0.001 * grad**2
    return param - 0.05 * m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8), {"m": m, "v": v}


# %% wrong="steps uphill" exercise="adam_step" loses="adam_step_first adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    return param + lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps), {"m": m, "v": v}


# %% wrong="counts its steps by itself" exercise="adam_step" loses="adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    adam_step.taken = 1 if step == 1 else adam_step.taken + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**adam_step.taken), v / (1 - beta2**adam_step.taken)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v}


# %% wrong="stands still where the gradient is 0" exercise="adam_step" loses="adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    moved = lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps)
    return np.where(grad == 0, param, param - moved), {"m": m, "v": v}


# %% wrong="clips large gradients" exercise="adam_step" loses="adam_step_first adam_step_state"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    grad = np.clip(grad, -1e3, 1e3)
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    return param - lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps), {"m": m, "v": v}


# %% wrong="leaves out the correction once it is small" exercise="adam_step" loses="adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    unseen = beta2 ** min(step, 1000)
    return param - lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - unseen)) + eps), {"m": m, "v": v}


# %% right="a deep copy, and an array of losses" exercise="train"
def train(params, x, y, steps, lr):
    params = {key: value.copy() for key, value in params.items()}
    states = {key: adam_start(value) for key, value in params.items()}
    losses = np.zeros(steps)
    for i in range(steps):
        losses[i] = binary_cross_entropy(forward(params, x)[1], y)
        for key, grad in gradients(params, x, y).items():
            params[key], states[key] = adam_step(params[key], grad, states[key], i + 1, lr=lr)
    return params, losses


# %% right="PyTorch does the work" exercise="train"
def train(params, x, y, steps, lr):
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in params.items()}
    optimizer, losses = torch.optim.Adam(leaves.values(), lr=lr), []
    for _ in range(steps):
        hidden = torch.tanh(torch.tensor(x) @ leaves["w1"] + leaves["b1"])
        z = hidden @ leaves["w2"] + leaves["b2"]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {key: leaf.detach().numpy() for key, leaf in leaves.items()}, losses


# %% wrong="counts steps from 0" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(steps):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], max(step, 1), lr)
    return params, losses


# %% wrong="measures the loss after the step" exercise="train" loses="train_losses"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
    return params, losses


# %% wrong="starts Adam anew in every step" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], _ = adam_step(params[key], grads[key], adam_start(params[key]), step, lr)
    return params, losses


# %% wrong="shares one state between all arrays" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses, state = dict(params), [], {"m": 0.0, "v": 0.0}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], state = adam_step(params[key], grads[key], state, step, lr)
    return params, losses


# %% wrong="forgets the learning rate" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step)
    return params, losses


# %% wrong="writes into the params it was given" exercise="train" loses="train_params"
def train(params, x, y, steps, lr):
    losses = []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return params, losses


# %% wrong="takes new gradients for each array in turn" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        for key in params:
            grad = gradients(params, x, y)[key]
            params[key], states[key] = adam_step(params[key], grad, states[key], step, lr)
    return params, losses


# %% wrong="gives back the params it started from" exercise="train" loses="train_params"
def train(params, x, y, steps, lr):
    moved, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(moved, x)[1], y))
        grads = gradients(moved, x, y)
        for key in moved:
            moved[key], states[key] = adam_step(moved[key], grads[key], states[key], step, lr)
    return params, losses


# %% wrong="stops once it has learned" exercise="train" loses="train_losses"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        if losses[-1] < 1e-4:
            break
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return params, losses


# %% wrong="stops where the loss no longer falls" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        if step > 1 and losses[-2] - losses[-1] < 1e-9:
            break
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return params, losses


# %% wrong="keeps the best params, not the last" exercise="train" loses="train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    best = params
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        best = dict(params) if losses[-1] == min(losses) else best
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return best, losses


# %% wrong="goes through the arrays in an order of its own" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key, grad in zip(params, (grads["w1"], grads["b1"], grads["w2"], grads["b2"])):
            params[key], states[key] = adam_step(params[key], grad, states[key], step, lr)
    return params, losses


# %% right="the entropy of each group, clipped" exercise="plateau_loss"
def plateau_loss(groups):
    sizes = np.array([len(group) for group in groups])
    q = np.clip([np.mean(group) for group in groups], 1e-15, 1 - 1e-15)
    return np.average(-(q * np.log(q) + (1 - q) * np.log(1 - q)), weights=sizes)


# %% right="point by point" exercise="plateau_loss"
def plateau_loss(groups):
    costs = []
    for group in groups:
        ones = group.count(1)
        for label in group:
            costs.append(-np.log((ones if label else len(group) - ones) / len(group)))
    return sum(costs) / len(costs)


# %% wrong="takes the mean over groups" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    q = np.clip([np.mean(group) for group in groups], 1e-15, 1 - 1e-15)
    return float(np.mean(-(q * np.log(q) + (1 - q) * np.log(1 - q))))


# %% wrong="predicts one half for every mixed group" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    mixed = sum(len(group) for group in groups if 0 in group and 1 in group)
    return mixed * np.log(2) / sum(len(group) for group in groups)


# %% wrong="gets nan where a group agrees" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    total = 0.0
    for group in groups:
        q = np.mean(group)
        total -= len(group) * (q * np.log(q) + (1 - q) * np.log(1 - q))
    return float(total / sum(len(group) for group in groups))


# %% wrong="forgets the zeros of a group" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    total = 0.0
    for group in groups:
        q = np.mean(group)
        total -= len(group) * q * np.log(q) if q > 0 else 0.0
    return float(total / sum(len(group) for group in groups))


# %% wrong="takes the logarithm to base 2" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    q = np.clip([np.mean(group) for group in groups], 1e-15, 1 - 1e-15)
    return np.average(-(q * np.log2(q) + (1 - q) * np.log2(1 - q)), weights=[len(group) for group in groups])


# %% wrong="knows the three plateaus by heart" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    return {1: 0.6931471805599453, 2: 0.47738564, 3: 0.34657359}[len(groups)]


# %% right="its own cross-entropy of the shared predictions" exercise="plateau_loss"
def plateau_loss(groups):
    p = np.concatenate([np.full((len(group), 1), np.mean(group)) for group in groups])
    return binary_cross_entropy(p, np.concatenate(groups).reshape(-1, 1))


# %% wrong="takes a rare label for none" exercise="plateau_loss" loses="plateau_loss_of_xor"
def plateau_loss(groups):
    total = 0.0
    for group in groups:
        q = np.mean(group)
        if 0.01 < q < 0.99:
            total -= len(group) * (q * np.log(q) + (1 - q) * np.log(1 - q))
    return float(total / sum(len(group) for group in groups))


# %% wrong="empties the groups it was given" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    total = points = 0
    while groups:
        group = groups.pop()
        points += len(group)
        total -= sum(np.log(group.count(label) / len(group)) for label in group)
    return float(total / points)


# %% wrong="gives back a tensor" exercise="plateau_loss" loses="plateau_loss_of_xor plateau_loss_of_any_groups"
def plateau_loss(groups):
    costs = [-np.log(group.count(label) / len(group)) for group in groups for label in group]
    return torch.tensor(costs, dtype=torch.float64).mean()


# %% right="a module of one's own" exercise="to_torch"
class XorNet(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.arrays = torch.nn.ParameterDict({key: torch.tensor(value) for key, value in params.items()})

    def forward(self, x):
        hidden = torch.tanh(x @ self.arrays["w1"] + self.arrays["b1"])
        return torch.sigmoid(hidden @ self.arrays["w2"] + self.arrays["b2"])


def to_torch(params):
    return XorNet(params)


# %% right="load_state_dict" exercise="to_torch"
def to_torch(params):
    net = torch.nn.Sequential(torch.nn.Linear(2, params["w1"].shape[1]), torch.nn.Tanh())
    net.append(torch.nn.Linear(len(params["w2"]), 1)).append(torch.nn.Sigmoid()).to(torch.float64)
    names = {"0.weight": "w1", "0.bias": "b1", "2.weight": "w2", "2.bias": "b2"}
    net.load_state_dict({name: torch.from_numpy(params[key].T.copy()) for name, key in names.items()})
    return net


# %% wrong="does not transpose" exercise="to_torch" loses="to_torch_outputs"
def to_torch(params):
    first, second = torch.nn.Linear(2, len(params["b1"])), torch.nn.Linear(len(params["b1"]), 1)
    first.weight.data = torch.tensor(params["w1"].reshape(-1, 2))
    second.weight.data = torch.tensor(params["w2"].reshape(1, -1))
    first.bias.data, second.bias.data = torch.tensor(params["b1"]), torch.tensor(params["b2"])
    return torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Sigmoid())


# %% wrong="forgets the sigmoid" exercise="to_torch" loses="to_torch_outputs"
def to_torch(params):
    first, second = torch.nn.Linear(2, len(params["b1"])), torch.nn.Linear(len(params["b1"]), 1)
    for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
        layer.weight.data, layer.bias.data = torch.tensor(params[w].T), torch.tensor(params[b])
    return torch.nn.Sequential(first, torch.nn.Tanh(), second)


# %% wrong="rounds to float32 on the way" exercise="to_torch" loses="to_torch_outputs to_torch_state"
def to_torch(params):
    first, second = torch.nn.Linear(2, len(params["b1"])), torch.nn.Linear(len(params["b1"]), 1)
    with torch.no_grad():
        for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
            layer.weight.copy_(torch.tensor(params[w].T))
            layer.bias.copy_(torch.tensor(params[b]))
    return torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Sigmoid()).double()


# %% wrong="does not copy the weights" exercise="to_torch" loses="to_torch_outputs to_torch_state"
def to_torch(params):
    width = len(params["b1"])
    layers = torch.nn.Linear(2, width), torch.nn.Tanh(), torch.nn.Linear(width, 1), torch.nn.Sigmoid()
    return torch.nn.Sequential(*layers).double()


# %% wrong="copies the weights and not the biases" exercise="to_torch" loses="to_torch_outputs to_torch_state"
def to_torch(params):
    first, second = torch.nn.Linear(2, len(params["b1"])), torch.nn.Linear(len(params["b1"]), 1)
    net = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Sigmoid()).double()
    first.weight.data, second.weight.data = torch.tensor(params["w1"].T), torch.tensor(params["w2"].T)
    return net


# %% wrong="keeps the weights in plain tensors" exercise="to_torch" loses="to_torch_state"
class XorNet(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.w1, self.b1, self.w2, self.b2 = (torch.tensor(params[key]) for key in ("w1", "b1", "w2", "b2"))

    def forward(self, x):
        return torch.sigmoid(torch.tanh(x @ self.w1 + self.b1) @ self.w2 + self.b2)


def to_torch(params):
    return XorNet(params)


# %% wrong="bends with relu" exercise="to_torch" loses="to_torch_outputs"
def to_torch(params):
    first, second = torch.nn.Linear(2, len(params["b1"])), torch.nn.Linear(len(params["b1"]), 1)
    for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
        layer.weight.data, layer.bias.data = torch.tensor(params[w].T), torch.tensor(params[b])
    return torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.Sigmoid())


# %% right="linear layers of a class, filled in place" exercise="to_torch"
class XorNet(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        width = len(params["b1"])
        self.hidden = torch.nn.Linear(2, width, dtype=torch.float64)
        self.out = torch.nn.Linear(width, 1, dtype=torch.float64)
        with torch.no_grad():
            for layer, w, b in ((self.hidden, "w1", "b1"), (self.out, "w2", "b2")):
                layer.weight.copy_(torch.from_numpy(params[w]).T)
                layer.bias.copy_(torch.from_numpy(params[b]))

    def forward(self, x):
        return torch.sigmoid(self.out(torch.tanh(self.hidden(x))))


def to_torch(params):
    return XorNet(params)


# %% wrong="keeps the weights in buffers" exercise="to_torch" loses="to_torch_state"
class XorNet(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        for key, value in params.items():
            self.register_buffer(key, torch.tensor(value))

    def forward(self, x):
        return torch.sigmoid(torch.tanh(x @ self.w1 + self.b1) @ self.w2 + self.b2)


def to_torch(params):
    return XorNet(params)


# %% wrong="freezes the parameters" exercise="to_torch" loses="to_torch_state"
def to_torch(params):
    first, second = torch.nn.Linear(2, len(params["b1"])), torch.nn.Linear(len(params["b1"]), 1)
    for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
        layer.weight.data, layer.bias.data = torch.tensor(params[w].T), torch.tensor(params[b])
    return torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Sigmoid()).requires_grad_(False)


# %% wrong="holds parameters and computes with the arrays" exercise="to_torch" loses="to_torch_state"
class XorNet(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.arrays = torch.nn.ParameterDict({key: torch.tensor(value) for key, value in params.items()})
        self.params = params

    def forward(self, x):
        return torch.tensor(forward(self.params, x.numpy())[1])


def to_torch(params):
    return XorNet(params)


# %% wrong="rows beyond the first 64 are left out of the bias" exercise="dense" loses="dense_many_examples"
def dense(x, w, b, activation):
    z = x @ w
    z[:64] += b
    return activation(z)


# %% wrong="remembers by x and w" exercise="dense" loses="dense_many_examples"
dense_seen = {}


def dense(x, w, b, activation):
    key = x.tobytes(), w.tobytes(), activation
    if key not in dense_seen:
        dense_seen[key] = activation(x @ w + b)
    return dense_seen[key]


# %% wrong="remembers p by x and the hidden layer" exercise="forward" loses="forward_probability"
forward_seen = {}


def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    key = hidden.tobytes(), params["w2"].tobytes()
    if key not in forward_seen:
        forward_seen[key] = dense(hidden, params["w2"], params["b2"], sigmoid)
    return hidden, forward_seen[key]


# %% wrong="p never quite 0 or 1" exercise="forward" loses="forward_probability"
def forward(params, x):
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    return hidden, np.clip(dense(hidden, params["w2"], params["b2"], sigmoid), 1e-15, 1 - 1e-15)


# %% wrong="a sample of 1,000 examples" exercise="binary_cross_entropy" loses="binary_cross_entropy_value"
def binary_cross_entropy(p, y):
    p, y = np.clip(p, 1e-7, 1 - 1e-7)[:1000], y[:1000]
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong="1/n of at most 50" exercise="gradients" loses="gradients_output_layer gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / min(len(x), 50)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}


# %% wrong="scales gradients down to a norm of 10,000" exercise="gradients" loses="gradients_hidden_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    grads = {"w1": x.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}
    norm = max(1, np.sqrt(sum((g**2).sum() for g in grads.values())) / 1e4)
    return {k: g / norm for k, g in grads.items()}


# %% wrong="lr of 0 is taken for none given" exercise="adam_step" loses="adam_step_first"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    lr = lr or 0.05
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    return param - lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps), {"m": m, "v": v}


# %% wrong="the first 100 numbers of an array" exercise="adam_step" loses="adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    new = param.copy()
    move = lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps)
    new.flat[:100] -= move.flat[:100]
    return new, {"m": m, "v": v}


# %% wrong="remembers the state's v by the gradient" exercise="adam_step" loses="adam_step_state adam_step_thousand"
adam_seen = {}


def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    key = grad.tobytes(), state["m"].tobytes(), step, lr, beta1, beta2, eps
    if key not in adam_seen:
        m = beta1 * state["m"] + (1 - beta1) * grad
        v = beta2 * state["v"] + (1 - beta2) * grad**2
        adam_seen[key] = m, v, lr * m / (1 - beta1**step) / (np.sqrt(v / (1 - beta2**step)) + eps)
    m, v, move = adam_seen[key]
    return param - move, {"m": m, "v": v}


# %% wrong="the learning rate falls after 200 steps" exercise="train" loses="train_losses train_params"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            rate = lr if step <= 200 else lr / 10
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, rate)
    return params, losses


# %% wrong="an array whose gradient is 0 stands still" exercise="train" loses="train_params"
kept_states = {}


def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            if np.all(grads[key] == 0):
                continue
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return params, losses


# %% wrong="remembers by sizes" exercise="plateau_loss" loses="plateau_loss_of_xor"
plateau_seen = {}


def plateau_loss(groups):
    key = tuple(map(len, groups)), sum(map(sum, groups))
    if key not in plateau_seen:
        costs = [-np.log(group.count(label) / len(group)) for group in groups for label in group]
        plateau_seen[key] = float(np.mean(costs))
    return plateau_seen[key]


# %% wrong="the output's bias is added without its gradient" exercise="to_torch" loses="to_torch_state"
class Net03(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.arrays = torch.nn.ParameterDict({key: torch.tensor(value) for key, value in params.items()})

    def forward(self, x):
        hidden = torch.tanh(x @ self.arrays["w1"] + self.arrays["b1"])
        return torch.sigmoid(hidden @ self.arrays["w2"] + self.arrays["b2"].data)


def to_torch(params):
    return Net03(params)


# %% wrong="a gradient of zeros makes no step at all" exercise="adam_step" loses="adam_step_state adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    if not np.any(grad):
        return param.copy(), {"m": state["m"].copy(), "v": state["v"].copy()}
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v}


# %% wrong="limits the sums to 1e12" exercise="dense" loses="dense_many_examples"
def dense(x, w, b, activation):
    return activation(np.clip(x @ w + b, -1e12, 1e12))


# %% wrong="remembers by the activation's name" exercise="dense" loses="dense_many_examples"
_seen = {}


def dense(x, w, b, activation):
    key = (x.tobytes(), w.tobytes(), b.tobytes(), getattr(activation, "__name__", ""))
    if key not in _seen:
        _seen[key] = activation(x @ w + b)
    return _seen[key]


# %% wrong="0 / 0 of p (1 - p) becomes 0" exercise="gradients" loses="gradients_output_layer"
def gradients(params, x, y):
    hidden, p = forward(params, x)
    slope = p * (1 - p)
    by_p = np.divide(p - y, slope, out=np.zeros_like(p), where=slope > 0) / len(x)
    delta2 = by_p * slope
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {"w1": x.T @ delta1, "b1": delta1.sum(axis=0), "w2": hidden.T @ delta2, "b2": delta2.sum(axis=0)}


# %% wrong="writes into buffers of its own, the same in every call" exercise="adam_step" loses="adam_step_state"
_buffers = {}


def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    if param.shape not in _buffers:
        _buffers[param.shape] = [np.empty_like(param) for _ in range(3)]
    out, m, v = _buffers[param.shape]
    m[...] = beta1 * state["m"] + (1 - beta1) * grad
    v[...] = beta2 * state["v"] + (1 - beta2) * grad**2
    out[...] = param - lr * (m / (1 - beta1**step)) / (np.sqrt(v / (1 - beta2**step)) + eps)
    return out, {"m": m, "v": v}


# %% wrong="a rate of 0 gives the caller's own array back" exercise="adam_step" loses="adam_step_state"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    if lr == 0:
        return param, {"m": m, "v": v}
    return param - lr * (m / (1 - beta1**step)) / (np.sqrt(v / (1 - beta2**step)) + eps), {"m": m, "v": v}


# %% wrong="no step is longer than 30 lr" exercise="adam_step" loses="adam_step_thousand"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    move = (m / (1 - beta1**step)) / (np.sqrt(v / (1 - beta2**step)) + eps)
    return param - lr * np.clip(move, -30, 30), {"m": m, "v": v}


# %% wrong="with no steps the caller's own dict" exercise="train" loses="train_params"
def train(params, x, y, steps, lr):
    states = {key: adam_start(value) for key, value in params.items()}
    losses = []
    for step in range(1, steps + 1):
        losses.append(float(binary_cross_entropy(forward(params, x)[1], y)))
        grads = gradients(params, x, y)
        moved = {key: adam_step(params[key], grads[key], states[key], step, lr=lr) for key in params}
        params = {key: param for key, (param, _) in moved.items()}
        states = {key: state for key, (_, state) in moved.items()}
    return params, losses


# %% wrong="stops after 100 steps without a lower loss" exercise="train" loses="train_losses"
def train(params, x, y, steps, lr):
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        if len(losses) > 100 and min(losses[-100:]) >= min(losses[:-100]):
            break
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return params, losses


# %% wrong="the arrays of its result are kept and overwritten by the next call" exercise="train" loses="train_params"
_net = {}


def train(params, x, y, steps, lr):
    for key, value in params.items():
        if key not in _net or _net[key].shape != value.shape:
            _net[key] = np.empty_like(value)
        _net[key][...] = value
    losses = []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(_net, x)[1], y))
        grads = gradients(_net, x, y)
        for key in _net:
            moved, states[key] = adam_step(_net[key], grads[key], states[key], step, lr)
            _net[key][...] = moved
    return _net, losses


# %% wrong="drops out while it trains" exercise="to_torch" loses="to_torch_outputs"
def to_torch(params):
    width = len(params["b1"])
    first, second = torch.nn.Linear(2, width), torch.nn.Linear(width, 1)
    for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
        layer.weight.data = torch.tensor(params[w].T)
        layer.bias.data = torch.tensor(params[b])
    net = torch.nn.Sequential(first, torch.nn.Tanh(), torch.nn.Dropout(0.1), second, torch.nn.Sigmoid())
    return net.eval()


# %% wrong="writes sigmoid so that it overflows" exercise="to_torch" loses="to_torch_outputs"
class XorNet(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.arrays = torch.nn.ParameterDict({key: torch.tensor(value) for key, value in params.items()})

    def forward(self, x):
        z = torch.tanh(x @ self.arrays["w1"] + self.arrays["b1"]) @ self.arrays["w2"] + self.arrays["b2"]
        return torch.exp(z) / (1 + torch.exp(z))


def to_torch(params):
    return XorNet(params)
