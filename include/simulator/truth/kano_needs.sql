-- The class of each need, by how most people answer.
select about as dimension, class as kano_class from needs order by need
